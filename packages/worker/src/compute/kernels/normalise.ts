/**
 * Normalisation of x, [groups, n, channels]: each group and channel by a mean and a variance, which need not be those
 * of x itself: with exchanged statistics they come from elsewhere. So every function says what it needs, and the parts
 * of a pass can be cut apart:
 *
 *   y  = γ·x̂ + β,  x̂ = (x − μ)·s,  s = 1/√(M2/N + ε)
 *   dx = γ·s·(dy − S1/N − (x − μ)·s²·S2/N),  S1 = Σ dy,  S2 = Σ dy·(x − μ);  dγ = s·S2,  dβ = S1
 *
 * (S. Ioffe, C. Szegedy, "Batch normalization", ICML 2015.) Pairs of statistics are [groups, 2, channels]: mean and M2,
 * or S1 and S2. M2 is taken around the mean, in a second pass, since Σx² − (Σx)²/n cancels.
 */
import * as tf from '../tf.ts';

/** What x is normalised by. */
export interface NormalisedBy {
  /** Mean and M2, [groups, 2, channels]. */
  readonly moments: tf.Tensor;
  /** N: values behind each mean. */
  readonly n: number;
  readonly epsilon: number;
}

const isWasm = (): boolean => tf.getBackend() === 'wasm';
type Constants = Pick<NormalisedBy, 'n' | 'epsilon'>;
const run = (
  kernel: string,
  inputs: tf.NamedTensorMap,
  { n, epsilon }: Constants = { n: 0, epsilon: 0 },
): tf.Tensor => tf.engine().runKernel(kernel, inputs, { n, epsilon });

/** [groups, 1, channels]: the first or second of a pair. */
export const ofPair = (pair: tf.Tensor, which: 0 | 1): tf.Tensor =>
  tf.slice(pair, [0, which, 0], [-1, 1, -1]);

const inverseDeviation = ({ moments, n, epsilon }: NormalisedBy): tf.Tensor =>
  tf.rsqrt(tf.add(tf.div(ofPair(moments, 1), n), epsilon));

/** @returns mean and M2 of x, [groups, 2, channels] */
export function momentsOf(x: tf.Tensor): tf.Tensor {
  if (isWasm()) return run('GantryMoments', { x });
  const mean = tf.mean(x, 1, true);
  return tf.concat([mean, tf.sum(tf.square(tf.sub(x, mean)), 1, true)], 1);
}

/** @param gamma - [channels]; @param beta - [channels] */
export function normalise(x: tf.Tensor, by: NormalisedBy, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor {
  if (isWasm()) return run('GantryNormalise', { x, moments: by.moments, gamma, beta }, by);
  const scale = tf.mul(gamma, inverseDeviation(by));
  return tf.add(tf.mul(tf.sub(x, ofPair(by.moments, 0)), scale), beta);
}

/** @returns S1 and S2, [groups, 2, channels] */
export function normaliseSums(dy: tf.Tensor, x: tf.Tensor, moments: tf.Tensor): tf.Tensor {
  if (isWasm()) return run('GantryNormaliseSums', { dy, x, moments });
  const s2 = tf.sum(tf.mul(dy, tf.sub(x, ofPair(moments, 0))), 1, true);
  return tf.concat([tf.sum(dy, 1, true), s2], 1);
}

/** dx. @param sums - over all N values */
export function normaliseInput(
  dy: tf.Tensor,
  x: tf.Tensor,
  by: NormalisedBy,
  sums: tf.Tensor,
  gamma: tf.Tensor,
): tf.Tensor {
  if (isWasm()) return run('GantryNormaliseInput', { dy, x, moments: by.moments, sums, gamma }, by);
  const s = inverseDeviation(by);
  const deviation = tf.mul(tf.sub(x, ofPair(by.moments, 0)), tf.square(s));
  const correction = tf.div(tf.add(ofPair(sums, 0), tf.mul(deviation, ofPair(sums, 1))), by.n);
  return tf.mul(tf.mul(gamma, s), tf.sub(dy, correction));
}

/** dγ and dβ, [channels], summed over groups; of the values that `sums` were taken over. */
export function normaliseParameters(
  by: NormalisedBy,
  sums: tf.Tensor,
): { readonly gamma: tf.Tensor; readonly beta: tf.Tensor } {
  if (isWasm()) {
    const { moments, n, epsilon } = by;
    const kernel = 'GantryNormaliseParameters';
    const [gamma, beta] = tf.engine().runKernel<tf.Tensor[]>(kernel, { moments, sums }, { n, epsilon });
    return { gamma, beta };
  }
  return {
    gamma: tf.sum(tf.mul(inverseDeviation(by), ofPair(sums, 1)), [0, 1]),
    beta: tf.sum(ofPair(sums, 0), [0, 1]),
  };
}

/**
 * Second derivatives, for statistics of x itself: of f = Σ u·Jv, J being y's Jacobian by x (it is symmetric: Jv is
 * `normaliseInput` of v). With u, v and x less their means, A = Σuv, B = Σux, C = Σvx:
 * f = γ·(s·A − s³·B·C/n).
 *
 * @returns ∂f/∂x, and ∂f/∂γ [channels]
 */
export function normaliseSecond(
  u: tf.Tensor,
  v: tf.Tensor,
  x: tf.Tensor,
  by: NormalisedBy,
  gamma: tf.Tensor,
): { readonly input: tf.Tensor; readonly gamma: tf.Tensor } {
  const { n } = by;
  const s = inverseDeviation(by);
  const s3 = tf.mul(s, tf.square(s));
  const centred = (t: tf.Tensor): tf.Tensor => tf.sub(t, tf.mean(t, 1, true));
  const sum = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.sum(tf.mul(a, b), 1, true);
  const [uc, vc, xc] = [centred(u), centred(v), tf.sub(x, ofPair(by.moments, 0))];
  const [a, b, c] = [sum(uc, vc), sum(uc, xc), sum(vc, xc)];
  const bc = tf.mul(b, c);
  // ds/dx = −s³·xc/n, d(s³)/dx = −3·s⁵·xc/n
  const ofX = tf.div(tf.sub(tf.mul(tf.mul(tf.square(s), bc), 3 / n), a), n);
  const rest = tf.div(tf.add(tf.mul(uc, c), tf.mul(vc, b)), n);
  return {
    input: tf.mul(tf.mul(gamma, s3), tf.sub(tf.mul(xc, ofX), rest)),
    gamma: tf.sum(tf.sub(tf.mul(s, a), tf.div(tf.mul(s3, bc), n)), [0, 1]),
  };
}
