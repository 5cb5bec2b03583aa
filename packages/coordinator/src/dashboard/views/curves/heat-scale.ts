/** From numbers of many orders of magnitude to colours that colour-blind people tell apart, and that print in order. */

/** Stops of cividis (J. Nuñez, C. Anderton and R. Renslow, 2018), from the least to the greatest, as [red, green, blue]. */
const stops = [
  [0, 34, 78],
  [35, 62, 108],
  [87, 92, 109],
  [123, 123, 122],
  [165, 156, 116],
  [211, 193, 100],
  [254, 232, 56],
] as const;

/** @param share - 0 to 1 */
export function heatColour(share: number): readonly [number, number, number] {
  const place = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const below = Math.min(stops.length - 2, Math.floor(place));
  const mix = (channel: 0 | 1 | 2): number =>
    Math.round(stops[below][channel] + (place - below) * (stops[below + 1][channel] - stops[below][channel]));
  return [mix(0), mix(1), mix(2)];
}

/** Powers of ten, between which colours are spread; a number below or above has the colour of the end. */
export interface HeatScale {
  readonly low: number;
  readonly high: number;
}

/** More orders of magnitude than can be told apart; beyond, what is small is small. */
const mostPowers = 12;

/** Whole powers of ten around all that is positive. */
export function heatScale(rows: readonly (readonly (number | null)[])[]): HeatScale {
  let least = Infinity;
  let greatest = 0;
  for (const row of rows) {
    for (const value of row) {
      if (value === null || value <= 0) continue;
      least = Math.min(least, value);
      greatest = Math.max(greatest, value);
    }
  }
  if (greatest === 0) return { low: -1, high: 0 };
  const high = Math.ceil(Math.log10(greatest));
  const low = Math.min(high - 1, Math.floor(Math.log10(least)));
  return { low: Math.max(low, high - mostPowers), high };
}

/** 0 to 1; what is not positive is at the low end: a gradient of 0 has vanished. */
export const heatShare = (value: number, { low, high }: HeatScale): number =>
  value <= 0 ? 0 : (Math.log10(value) - low) / (high - low);
