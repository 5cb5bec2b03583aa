/** What can be said of a few numbers, one a seed; and of a cell against the base under the same seeds. Pure. */

export interface Spread {
  /** Numbers that there are. */
  readonly n: number;
  readonly median: number;
  readonly least: number;
  readonly greatest: number;
}

/** Between the smallest and the largest with a share of 95 %, were it drawn again and again. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Of differences between pairs. */
export interface PairedDifference {
  /** Pairs. */
  readonly n: number;
  readonly mean: number;
  /** Of the mean, at 95 %; null: fewer than two pairs, of which nothing can be said. */
  readonly interval: Interval | null;
}

export const confidence = 0.95;

/** @param values - any that are not finite are left out @returns null where none is left */
export function spreadOf(values: readonly (number | null)[]): Spread | null {
  const sorted = values.filter(isFiniteNumber).sort((a, b) => a - b);
  if (sorted.length === 0) return null;
  return { n: sorted.length, median: median(sorted), least: sorted[0], greatest: sorted[sorted.length - 1] };
}

/** @param sorted - ascending, at least one; may end with Infinity: what never came */
export function median(sorted: readonly number[]): number {
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle];
  const [low, high] = [sorted[middle - 1], sorted[middle]];
  return low === high ? low : (low + high) / 2;
}

/**
 * The mean of paired differences with its interval by Student's t (W. S. Gosset, "The probable error of a mean", 1908): exact
 * for differences that are normal, whatever their variance. With three to ten seeds nothing milder does: a bootstrap of so
 * few is too narrow, and by ranks 95 % cannot be had with fewer than six.
 *
 * @param differences - finite
 * @returns null where there are none
 */
export function pairedDifference(differences: readonly number[]): PairedDifference | null {
  const n = differences.length;
  if (n === 0) return null;
  const mean = differences.reduce((sum, each) => sum + each, 0) / n;
  if (n === 1) return { n, mean, interval: null };
  // All alike: what is left by rounding of the mean is no spread.
  if (differences.every((each) => each === differences[0])) {
    return { n, mean: differences[0], interval: { low: differences[0], high: differences[0] } };
  }
  const squares = differences.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  const half = studentQuantile((1 + confidence) / 2, n - 1) * Math.sqrt(squares / (n - 1) / n);
  return { n, mean, interval: { low: mean - half, high: mean + half } };
}

/**
 * @param probability - in [0.5, 1)
 * @param freedom - degrees of freedom, from 1 on
 * @returns the number that Student's t is below with this probability
 */
export function studentQuantile(probability: number, freedom: number): number {
  let low = 0;
  let high = 1;
  while (studentProbability(high, freedom) < probability) high *= 2;
  // Halved as often as a double has bits.
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (studentProbability(middle, freedom) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * That Student's t is below `t`, as a finite sum, since degrees of freedom are whole: M. Abramowitz, I. A. Stegun, "Handbook
 * of mathematical functions", 26.7.3 and 26.7.4.
 *
 * @param t - at least 0
 */
export function studentProbability(t: number, freedom: number): number {
  const angle = Math.atan(t / Math.sqrt(freedom));
  const square = Math.cos(angle) ** 2;
  const odd = freedom % 2 === 1;
  // 1 + ½cos² + (1·3)/(2·4)cos⁴ + … where even; cos + ⅔cos³ + … where odd.
  let term = odd ? Math.cos(angle) : 1;
  let sum = freedom === 1 ? 0 : term;
  for (let k = odd ? 2 : 1; k <= freedom - 3; k += 2) {
    term *= (k / (k + 1)) * square;
    sum += term;
  }
  const within = odd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
  return (1 + within) / 2;
}

export const isFiniteNumber = (value: number | null | undefined): value is number =>
  typeof value === 'number' && Number.isFinite(value);
