/**
 * Maxout (I. Goodfellow et al., "Maxout networks", ICML 2013): of every `pieces` neighbouring features the greatest. With
 * the dense layer before it, a unit is the greatest of so many linear functions. Where two are equal, the first counts.
 */
import * as tf from '../tf.ts';
import { noSecondDerivatives, type Layer } from './layer.ts';

/** @param pieces - divides the features of the input, [batch, features] */
export function maxout(pieces: number): Layer {
  const apart = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [x.shape[0], -1, pieces]);
  /** Of each unit the chosen piece: mask [batch, units, pieces] has a 1 there. */
  const chosen = (x: tf.Tensor, mask: tf.Tensor): tf.Tensor => tf.sum(tf.mul(apart(x), mask), 2);
  return {
    forward(input) {
      const all = apart(input);
      // The wasm backend's one-hot has integers in it, whatever it is asked for.
      const mask = tf.cast(tf.oneHot(tf.argMax(all, 2), pieces), 'float32');
      return { output: tf.max(all, 2), saved: [mask] };
    },
    backward: (dOutput, [mask]) => ({
      input: tf.reshape(tf.mul(tf.expandDims(dOutput, 2), mask), [dOutput.shape[0], -1]),
      parameters: [],
    }),
    tangent: (direction, [mask]) => chosen(direction, mask),
    tangentBackward: noSecondDerivatives,
  };
}
