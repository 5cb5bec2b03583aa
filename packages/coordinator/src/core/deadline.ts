/**
 * How long a lease may take. Fixed timeouts are wrong both ways: too short for a tablet, too long for a class
 * that waits. Here a lease's time is compared with what its worker's pace promises, and the deadline is the
 * median of recent such ratios plus six times their spread (median absolute deviation).
 */

/** No deadline is shorter than this: a garbage collection or a Wi-Fi hiccup is not a lost laptop. Milliseconds. */
export const deadlineFloor = 2000;
/** Ratio allowed before anything was measured: shaders compile, caches are cold. */
const firstRatio = 10;
/** A worker twice as slow as promised is slow, not lost. */
const leastRatio = 2;
const remembered = 64;

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** How many times as long as expected something may take, by what it took lately; at least `least` times. */
export function ratioAllowed(ratios: readonly number[], least: number): number {
  if (ratios.length < 8) return firstRatio;
  const middle = median(ratios);
  return Math.max(least, middle + 6 * median(ratios.map((r) => Math.abs(r - middle))));
}

/** Milliseconds from grant to deadline for a lease expected to take `expected` milliseconds. */
export const allowance = (expected: number, ratios: readonly number[]): number =>
  Math.max(deadlineFloor, expected * ratioAllowed(ratios, leastRatio));

/** `ratios` with one more, the oldest forgotten. */
export function remember(ratios: readonly number[], ratio: number): readonly number[] {
  return [...ratios.slice(-(remembered - 1)), ratio];
}
