/**
 * Batch norm over groups: x is [groups, n, channels], and each group is normalised by its own moments. Composed
 * of stock operations; M2 is taken around the mean, in a second pass, since Σx² − (Σx)²/n cancels.
 */
import * as tf from '../tf.ts';

export interface Normalised {
  readonly y: tf.Tensor;
  /** [groups, channels] */
  readonly mean: tf.Tensor;
  /** Σ (x − mean)², [groups, channels] */
  readonly m2: tf.Tensor;
}

const perGroup = (moment: tf.Tensor): tf.Tensor => tf.expandDims(moment, 1);
const inverseDeviation = (m2: tf.Tensor, n: number, epsilon: number): tf.Tensor =>
  tf.rsqrt(tf.add(tf.div(perGroup(m2), n), epsilon));

/** @param gamma - [channels]; @param beta - [channels] */
export function batchNormForward(
  x: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  epsilon: number,
): Normalised {
  const mean = tf.mean(x, 1);
  const centred = tf.sub(x, perGroup(mean));
  const m2 = tf.sum(tf.square(centred), 1);
  const scale = tf.mul(gamma, inverseDeviation(m2, x.shape[1] ?? 1, epsilon));
  return { y: tf.add(tf.mul(centred, scale), beta), mean, m2 };
}

export interface BatchNormGradients {
  readonly dx: tf.Tensor;
  /** Summed over groups, [channels]. */
  readonly dGamma: tf.Tensor;
  readonly dBeta: tf.Tensor;
}

export function batchNormBackward(
  dy: tf.Tensor,
  x: tf.Tensor,
  mean: tf.Tensor,
  m2: tf.Tensor,
  gamma: tf.Tensor,
  epsilon: number,
): BatchNormGradients {
  const n = x.shape[1] ?? 1;
  const invstd = inverseDeviation(m2, n, epsilon);
  const normalised = tf.mul(tf.sub(x, perGroup(mean)), invstd);
  const s1 = tf.sum(dy, 1);
  const invstdS2 = tf.sum(tf.mul(dy, normalised), 1);
  const corrections = tf.add(perGroup(s1), tf.mul(normalised, perGroup(invstdS2)));
  const dx = tf.mul(tf.mul(gamma, invstd), tf.sub(dy, tf.div(corrections, n)));
  return { dx, dGamma: tf.sum(invstdS2, 0), dBeta: tf.sum(s1, 0) };
}
