/** What a plane's heat map says of points, in numbers. Pure. */
import { planeSizes, type PlaneFile, type PlanePoint } from '@gantry/shared';

/** The cell that a point lies in; of points beyond the edge the cell at the edge. */
export function cellOf(half: number, [x, y]: PlanePoint): number {
  const { heatMap: side } = planeSizes;
  const within = (share: number): number => Math.min(side - 1, Math.max(0, Math.floor(share * side)));
  return within((1 - y / half) / 2) * side + within((x / half + 1) / 2);
}

/** @param isReal - whether a score means that the discriminator takes a point for real @returns from 0 to 1 */
export function shareTakenForReal(
  { heatMap, half }: Pick<PlaneFile, 'heatMap' | 'half'>,
  points: readonly PlanePoint[],
  isReal: (score: number) => boolean,
): number {
  if (points.length === 0) return 0;
  return points.filter((point) => isReal(heatMap[cellOf(half, point)])).length / points.length;
}
