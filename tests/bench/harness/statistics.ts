/** Order statistics: one slow sample on a busy machine moves a mean, and not a median. */

/** Of an odd number of values one of them, else the mean of the middle two; NaN for none. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);

/**
 * Interpolated linearly between the values next to it (R. J. Hyndman, Y. Fan, "Sample quantiles in statistical
 * packages", 1996, definition 7).
 *
 * @param share - 0 to 1
 */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) return NaN;
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}
