/** From what a series has to what is drawn of it. */

type Values = readonly (number | null)[];

/**
 * Exponentially weighted mean of what came before, where a value `scale` places back counts 1/e. Divided by the sum of its
 * weights, so that it does not start from 0 (as in Adam: D. Kingma and J. Ba, 2015). Where nothing is, nothing is drawn.
 */
export function smooth(values: Values, scale: number): (number | null)[] {
  const keep = scale > 0 ? Math.exp(-1 / scale) : 0;
  let sum = 0;
  let weight = 0;
  return values.map((value) => {
    sum *= keep;
    weight *= keep;
    if (value === null) return null;
    sum += value;
    weight += 1;
    return sum / weight;
  });
}

/**
 * @param strength - 0 to 1, as on the slider
 * @param places - that are shown
 * @returns places over which to smooth: up to an eighth of what is shown, so that a strength looks the same at any length
 */
export const smoothingScale = (strength: number, places: number): number => (strength ** 2 * places) / 8;

/**
 * Lowest and highest value to show: a few spikes must not press the rest of the line flat.
 *
 * @param raw - its outermost 1% may be cut off
 * @param always - is always in view
 * @param logarithmic - only what is positive can be shown
 */
export function valueRange(raw: Values, always: Values, logarithmic = false): [number, number] {
  const shown = (values: Values): number[] =>
    values.filter((value): value is number => value !== null && (!logarithmic || value > 0));
  const sorted = shown(raw).sort((a, b) => a - b);
  if (sorted.length === 0) return logarithmic ? [0.1, 1] : [0, 1];
  let low = sorted[Math.floor(0.01 * (sorted.length - 1))];
  let high = sorted[Math.ceil(0.99 * (sorted.length - 1))];
  for (const value of shown(always)) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (logarithmic) return [low / 1.2, high * 1.2];
  const margin = (high - low) * 0.06 || Math.max(0.1, Math.abs(high) * 0.1);
  // What is never negative has its axis from 0 where that costs little.
  const bottom = low >= 0 && low < 0.4 * high ? 0 : low - margin;
  return [bottom, high + margin];
}

/** At most `most` indices, evenly spread, the last always among them. */
export function spread(length: number, most: number): number[] {
  const count = Math.min(length, most);
  return Array.from({ length: count }, (_, index) =>
    count === 1 ? length - 1 : Math.round((index * (length - 1)) / (count - 1)),
  );
}

/** Where bucket n is drawn: where it begins. A logarithmic axis has no 0: there the first is drawn in its middle. */
export const placeOf = (bucket: number, width: number, logarithmic: boolean): number =>
  bucket === 0 && logarithmic ? width / 2 : bucket * width;
