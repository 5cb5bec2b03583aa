/** Where a handle is between two to four corners, as weights of their latents. Pure. */
import { mostPictureNumbers, type LatentMix } from '@gantry/shared';

/** From 0 to 1: to the right, and down. */
export interface Spot {
  readonly x: number;
  readonly y: number;
}

/**
 * Two corners lie at the ends of a line, four at those of a square, in reading order; of three the first is the whole upper
 * edge.
 */
export function weightsAt(corners: number, { x, y }: Spot): number[] {
  const weights =
    corners === 2
      ? [1 - x, x]
      : corners === 3
        ? [1 - y, y * (1 - x), y * x]
        : [(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y];
  return weights.map((weight) => Math.round(weight * 1000) / 1000);
}

/**
 * Samples of the picture of all that lies between: across, and down.
 *
 * @param numbers - of one sample; of large ones a picture has fewer
 * @returns null where not even the corners fit
 */
export function latticeOf(corners: number, numbers: number): readonly [number, number] | null {
  for (let across = corners === 2 ? 9 : 5; across >= 2; across--) {
    const down = corners === 2 ? 1 : across;
    if (across * down * numbers <= mostPictureNumbers) return [across, down];
  }
  return null;
}

/** Where they are, row by row. */
export function latticeSpots([across, down]: readonly [number, number]): Spot[] {
  const part = (index: number, count: number): number => (count === 1 ? 0 : index / (count - 1));
  return Array.from({ length: across * down }, (_, i) => ({
    x: part(i % across, across),
    y: part(Math.floor(i / across), down),
  }));
}

/** @param places - of the corners, in the sheet */
export const mixAt = (places: readonly number[], spot: Spot): LatentMix => ({
  places: [...places],
  weights: weightsAt(places.length, spot),
});
