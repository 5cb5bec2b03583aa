/** How samples spread over modes or classes. */

/**
 * Σ p ln(p/q) of two histograms, each divided by its sum: how much `counts` differ from `reference`, in nats. With q
 * uniform over K it is between 0 and ln K; n samples of a perfect generator score about (K − 1)/2n.
 *
 * @param counts - by mode or class
 * @param reference - as long; left out: uniform
 * @returns Infinity where something was counted that the reference has none of; NaN where nothing was counted
 */
export function klDivergence(counts: ArrayLike<number>, reference?: ArrayLike<number>): number {
  const own = Array.from(counts);
  const other = reference === undefined ? own.map(() => 1) : Array.from(reference);
  const [n, m] = [total(own), total(other)];
  if (n === 0 || m === 0) return NaN;
  const sum = own.reduce(
    (so, count, i) => (count === 0 ? so : so + (count / n) * Math.log((count * m) / (n * other[i]))),
    0,
  );
  // What rounding leaves of 0 may be below it.
  return Math.max(0, sum);
}

/** Share of the bins, of those that the reference has something in, in which something was counted. 0 to 1 */
export function coveredShare(counts: ArrayLike<number>, reference?: ArrayLike<number>): number {
  const wanted = Array.from(counts, (_, i) => reference === undefined || reference[i] > 0);
  const there = wanted.filter(Boolean).length;
  const found = wanted.filter((is, i) => is && counts[i] > 0).length;
  return there === 0 ? NaN : found / there;
}

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
