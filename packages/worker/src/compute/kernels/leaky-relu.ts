/** max(x, αx) and its derivative, without a branch: the signs are as good as random, and a processor that guesses waits. */
import * as tf from '../tf.ts';
import { simdOf } from './simd.ts';
import { setKernel, view } from './wasm-kernel.ts';

const slopeName = 'GantrySlope';

/** by · (y > 0 ? 1 : alpha), y being the function's output: its derivative, times what comes from behind. */
export function timesSlope(by: tf.Tensor, y: tf.Tensor, alpha: number): tf.Tensor {
  if (tf.getBackend() === 'wasm') return tf.engine().runKernel(slopeName, { by, y }, { alpha });
  return tf.mul(by, tf.step(y, alpha));
}

export function registerLeakyRelu(): void {
  setKernel<'x'>('LeakyRelu', ({ x }, attrs, backend) => scaled(backend, x, x, alphaOf(attrs)));
  setKernel<'by' | 'y'>(slopeName, ({ by, y }, attrs, backend) => scaled(backend, by, y, alphaOf(attrs)));
}

const alphaOf = (attrs: tf.NamedAttrMap): number => attrs['alpha'] as number; // as the operations pass it

/** x, times alpha where the number beside it is not above 0. */
function scaled(
  backend: tf.BackendWasm,
  x: tf.TensorInfo,
  beside: tf.TensorInfo,
  alpha: number,
): tf.TensorInfo {
  const out = backend.makeOutput(x.shape, 'float32');
  const from = view(backend, x);
  const signs = view(backend, beside);
  const to = view(backend, out);
  const simd = simdOf(backend);
  if (simd === null) {
    const slopes = Float32Array.of(alpha, 1);
    for (let i = 0; i < to.length; i++) to[i] = from[i] * slopes[Number(signs[i] > 0)];
  } else {
    simd.timesSlope(from.byteOffset, signs.byteOffset, to.byteOffset, to.byteLength, alpha);
  }
  return out;
}
