/**
 * Batch norm over groups: x is [groups, n, channels], and each group is normalised by its own moments. M2 is taken
 * around the mean, in a second pass, since Σx² − (Σx)²/n cancels.
 */
import * as tf from '../tf.ts';
import { addScaledColumns, columnAffine, columnProducts, columnSums } from './columns.ts';
import { setKernel, view } from './wasm-kernel.ts';

const forwardName = 'GantryBatchNorm';
const backwardName = 'GantryBatchNormGradient';

export interface Normalised {
  readonly y: tf.Tensor;
  /** [groups, channels] */
  readonly mean: tf.Tensor;
  /** Σ (x − mean)², [groups, channels] */
  readonly m2: tf.Tensor;
}
export interface BatchNormGradients {
  readonly dx: tf.Tensor;
  /** Summed over groups, [channels]. */
  readonly dGamma: tf.Tensor;
  readonly dBeta: tf.Tensor;
}

/** @param gamma - [channels]; @param beta - [channels] */
export function batchNormForward(
  x: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  epsilon: number,
): Normalised {
  if (tf.getBackend() === 'wasm') {
    const [y, mean, m2] = tf.engine().runKernel<tf.Tensor[]>(forwardName, { x, gamma, beta }, { epsilon });
    return { y, mean, m2 };
  }
  const mean = tf.mean(x, 1);
  const centred = tf.sub(x, perGroup(mean));
  const m2 = tf.sum(tf.square(centred), 1);
  const scale = tf.mul(gamma, inverseDeviation(m2, x.shape[1] ?? 1, epsilon));
  return { y: tf.add(tf.mul(centred, scale), beta), mean, m2 };
}

export function batchNormBackward(
  dy: tf.Tensor,
  x: tf.Tensor,
  mean: tf.Tensor,
  m2: tf.Tensor,
  gamma: tf.Tensor,
  epsilon: number,
): BatchNormGradients {
  if (tf.getBackend() === 'wasm') {
    const [dx, dGamma, dBeta] = tf
      .engine()
      .runKernel<tf.Tensor[]>(backwardName, { dy, x, mean, m2, gamma }, { epsilon });
    return { dx, dGamma, dBeta };
  }
  const n = x.shape[1] ?? 1;
  const invstd = inverseDeviation(m2, n, epsilon);
  const normalised = tf.mul(tf.sub(x, perGroup(mean)), invstd);
  const s1 = tf.sum(dy, 1);
  const invstdS2 = tf.sum(tf.mul(dy, normalised), 1);
  const corrections = tf.add(perGroup(s1), tf.mul(normalised, perGroup(invstdS2)));
  const dx = tf.mul(tf.mul(gamma, invstd), tf.sub(dy, tf.div(corrections, n)));
  return { dx, dGamma: tf.sum(invstdS2, 0), dBeta: tf.sum(s1, 0) };
}

const perGroup = (moment: tf.Tensor): tf.Tensor => tf.expandDims(moment, 1);
const inverseDeviation = (m2: tf.Tensor, n: number, epsilon: number): tf.Tensor =>
  tf.rsqrt(tf.add(tf.div(perGroup(m2), n), epsilon));

/**
 * On wasm the same in loops on the heap: fewer passes over memory than composed operations make, and sums in double
 * precision.
 */
export function registerBatchNorm(): void {
  setKernel<'x' | 'gamma' | 'beta'>(forwardName, (inputs, attrs, backend) => {
    const [groups, n, channels] = inputs.x.shape;
    const outputs = [inputs.x.shape, [groups, channels], [groups, channels]].map((shape) =>
      backend.makeOutput(shape, 'float32'),
    );
    const [y, mean, m2] = outputs.map((output) => view(backend, output));
    const x = view(backend, inputs.x);
    const gamma = view(backend, inputs.gamma);
    const beta = view(backend, inputs.beta);
    const zero = new Float64Array(channels);
    for (let group = 0; group < groups; group++) {
      const rows = { begin: group * n, end: (group + 1) * n, width: channels };
      const mu = columnSums(x, rows).map((sum) => sum / n);
      const squares = columnProducts(x, mu, x, mu, rows);
      mean.set(mu, group * channels);
      m2.set(squares, group * channels);
      const scale = zero.map((_, c) => gamma[c] / Math.sqrt(squares[c] / n + epsilonOf(attrs)));
      const shift = zero.map((_, c) => beta[c] - mu[c] * scale[c]);
      columnAffine(y, x, scale, shift, rows);
    }
    return outputs;
  });

  setKernel<'dy' | 'x' | 'mean' | 'm2' | 'gamma'>(backwardName, (inputs, attrs, backend) => {
    const [groups, n, channels] = inputs.x.shape;
    const outputs = [inputs.x.shape, [channels], [channels]].map((shape) =>
      backend.makeOutput(shape, 'float32'),
    );
    const [dx, dGamma, dBeta] = outputs.map((output) => view(backend, output));
    const x = view(backend, inputs.x);
    const dy = view(backend, inputs.dy);
    const mean = view(backend, inputs.mean);
    const m2 = view(backend, inputs.m2);
    const gamma = view(backend, inputs.gamma);
    dGamma.fill(0);
    dBeta.fill(0);
    const zero = new Float64Array(channels);
    for (let group = 0; group < groups; group++) {
      const rows = { begin: group * n, end: (group + 1) * n, width: channels };
      const at = group * channels;
      const mu = zero.map((_, c) => mean[at + c]);
      const invstd = zero.map((_, c) => 1 / Math.sqrt(m2[at + c] / n + epsilonOf(attrs)));
      const s1 = columnSums(dy, rows);
      const s2 = columnProducts(dy, zero, x, mu, rows);
      // dx = γ·invstd·(dy − S1/n − (x − μ)·invstd²·S2/n), as dy, x and 1 times numbers of the channel.
      const ofDy = zero.map((_, c) => gamma[c] * invstd[c]);
      const ofX = zero.map((_, c) => (-ofDy[c] * invstd[c] ** 2 * s2[c]) / n);
      const ofOne = zero.map((_, c) => (-ofDy[c] * s1[c]) / n - ofX[c] * mu[c]);
      columnAffine(dx, dy, ofDy, ofOne, rows);
      addScaledColumns(dx, x, ofX, rows);
      for (let c = 0; c < channels; c++) {
        dGamma[c] += invstd[c] * s2[c];
        dBeta[c] += s1[c];
      }
    }
    return outputs;
  });
}

const epsilonOf = (attrs: tf.NamedAttrMap): number => attrs['epsilon'] as number; // as passed above
