/**
 * Moments (n, mean, M2) per channel, where M2 is the sum of squared deviations from the mean. They merge
 * exactly, whatever the sizes: T. F. Chan, G. H. Golub, R. J. LeVeque, "Updating formulae and a pairwise
 * algorithm for computing sample variances", 1979. Averaging variances instead loses the spread between the
 * parts.
 */
export interface Moments {
  n: number;
  /** float64 [channels]; accumulated in double so that the order of merging costs nothing visible. */
  readonly mean: Float64Array;
  /** float64 [channels]. */
  readonly m2: Float64Array;
}

export function emptyMoments(channels: number): Moments {
  return { n: 0, mean: new Float64Array(channels), m2: new Float64Array(channels) };
}

/** Merges (n, mean, M2) into `into`, in place. */
export function mergeMoments(into: Moments, n: number, mean: ArrayLike<number>, m2: ArrayLike<number>): void {
  if (n === 0) return;
  const total = into.n + n;
  for (let c = 0; c < into.mean.length; c++) {
    const delta = mean[c] - into.mean[c];
    into.mean[c] += (delta * n) / total;
    into.m2[c] += m2[c] + (delta * delta * into.n * n) / total;
  }
  into.n = total;
}

/**
 * running ← (1 − momentum)·running + momentum·batch, with the unbiased variance M2 / (n − 1).
 *
 * @param mean - running mean, float32 [channels], written
 * @param variance - running variance, float32 [channels], written
 */
export function updateRunning(
  mean: Float32Array,
  variance: Float32Array,
  batch: Moments,
  momentum: number,
): void {
  const divisor = Math.max(1, batch.n - 1);
  for (let c = 0; c < mean.length; c++) {
    mean[c] = (1 - momentum) * mean[c] + momentum * batch.mean[c];
    variance[c] = (1 - momentum) * variance[c] + (momentum * batch.m2[c]) / divisor;
  }
}
