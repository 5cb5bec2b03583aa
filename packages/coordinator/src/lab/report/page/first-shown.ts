/** Which cells' lines are drawn at first. Pure. */
import type { LabReportData } from '../data.ts';

/** More lines than these cannot be followed. */
const most = 8;
const ofEachEnd = 3;

/** All; of more than eight the base, and of the others the three with the least and the greatest chief measure. */
export function firstShown({ cells, base, chief, quantities }: LabReportData): ReadonlySet<number> {
  const all = cells.map((_, index) => index);
  if (all.length <= most) return new Set(all);
  const of = quantities.find(({ name }) => name === chief)?.cells;
  const median = (index: number): number => of?.[index].spread?.median ?? -Infinity;
  const others = all.filter((index) => index !== base).sort((a, b) => median(a) - median(b));
  return new Set([base, ...others.slice(0, ofEachEnd), ...others.slice(-ofEachEnd)].sort((a, b) => a - b));
}
