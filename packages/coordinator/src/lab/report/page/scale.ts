/** A linear axis: its range, where a value lies on it, and its ticks. Pure. */

export interface Range {
  readonly low: number;
  readonly high: number;
}

/** Of all values, with a little room at both ends. */
export function rangeOf(values: readonly (number | null)[]): Range {
  const known = values.filter((value): value is number => value !== null && Number.isFinite(value));
  if (known.length === 0) return { low: 0, high: 1 };
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const margin = (high - low) * 0.06 || Math.abs(high) * 0.1 || 0.5;
  return { low: low - margin, high: high + margin };
}

/** @returns 0 to 1; what lies beyond an end is at it */
export const placed = ({ low, high }: Range, value: number): number =>
  Math.min(1, Math.max(0, (value - low) / (high - low)));

/** Round numbers in a range: about as many as asked for. */
export function ticksOf({ low, high }: Range, about: number): number[] {
  const rough = (high - low) / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((times) => times * power >= rough) ?? 10);
  const first = Math.ceil(low / step);
  const last = Math.floor(high / step);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}
