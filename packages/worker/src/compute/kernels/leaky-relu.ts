/**
 * LeakyRelu, without a branch: the signs are as good as random, and the stock kernel waits for each of them.
 * x·(1 + α)/2 + |x|·(1 − α)/2, in double precision, rounds to the float32 that is wanted.
 */
import { setKernel, view } from './wasm-kernel.ts';

export function registerLeakyRelu(): void {
  setKernel<'x'>('LeakyRelu', ({ x }, attrs, backend) => {
    const alpha = attrs['alpha'] as number; // as the operation passes it
    const out = backend.makeOutput(x.shape, 'float32');
    const from = view(backend, x);
    const to = view(backend, out);
    const half = (1 + alpha) / 2;
    const other = (1 - alpha) / 2;
    for (let i = 0; i < from.length; i++) {
      const value = from[i];
      to[i] = half * value + other * Math.abs(value);
    }
    return out;
  });
}
