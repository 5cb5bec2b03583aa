/**
 * Sums over everything but channels, for the gradients of biases. On wasm in double precision: the stock sum adds
 * thousands of float32 numbers one after another, and what should cancel leaves a residue.
 */
import * as tf from '../tf.ts';
import { columnsOf } from './columns.ts';
import { setKernel, view, withDoubles } from './wasm-kernel.ts';

const name = 'GantryChannelSums';

/** @param x - [..., channels] @returns [channels] */
export function channelSums(x: tf.Tensor): tf.Tensor {
  if (tf.getBackend() === 'wasm') return tf.engine().runKernel(name, { x });
  return tf.sum(tf.reshape(x, [-1, x.shape[x.shape.length - 1]]), 0);
}

export function registerChannelSums(): void {
  setKernel<'x'>(name, ({ x }, _attrs, backend) => {
    const channels = x.shape[x.shape.length - 1];
    const out = backend.makeOutput([channels], 'float32');
    withDoubles(backend, 1, channels, (sums) => {
      columnsOf(backend).sums(view(backend, x), sums);
      view(backend, out).set(sums);
    });
    return out;
  });
}
