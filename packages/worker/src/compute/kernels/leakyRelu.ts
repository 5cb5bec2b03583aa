/** LeakyRelu: the stock kernel goes number by number without SIMD, at three times the cost of a plain loop. */
import { setKernel, view } from './wasmKernel.ts';

export function registerLeakyRelu(): void {
  setKernel<'x'>('LeakyRelu', ({ x }, attrs, backend) => {
    const alpha = attrs['alpha'] as number; // as the operation passes it
    const out = backend.makeOutput(x.shape, 'float32');
    const from = view(backend, x);
    const to = view(backend, out);
    for (let i = 0; i < from.length; i++) {
      const value = from[i];
      to[i] = value < 0 ? alpha * value : value;
    }
    return out;
  });
}
