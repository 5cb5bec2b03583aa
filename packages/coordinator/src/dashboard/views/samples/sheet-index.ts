/** The sheets of a run in order, and which of them is shown. Pure. */
import { thinned } from '@gantry/shared';

/** Iterations, ascending. */
export type SheetIndex = readonly number[];

/** Adds what came; a sheet that is there already, drawn again after a restart, is there once. */
export function addSheets(sheets: SheetIndex, more: readonly number[]): SheetIndex {
  const last = sheets.at(-1) ?? -1;
  const fresh = more.filter((iteration) => iteration > last);
  return fresh.length === 0 ? sheets : thinned([...sheets, ...fresh]);
}

/**
 * Place of the sheet that shows an iteration: the last that was drawn by then, or else the first.
 *
 * @param iteration - null: the newest
 * @returns −1 where there are no sheets
 */
export function placeOf(sheets: SheetIndex, iteration: number | null): number {
  if (iteration === null) return sheets.length - 1;
  const after = sheets.findIndex((each) => each > iteration);
  return after < 0 ? sheets.length - 1 : Math.min(Math.max(0, after - 1), sheets.length - 1);
}

/** The iteration to choose for a place; the last one is let go, so that the newest is followed. */
export function choiceAt(sheets: SheetIndex, place: number): number | null {
  const within = Math.max(0, place);
  return within >= sheets.length - 1 ? null : sheets[within];
}

/** Seconds in which a whole run plays, where it has enough sheets. */
const playSeconds = 20;
/** Milliseconds between two sheets that are shown while it plays. */
export const playInterval = 125;

/** Sheets to go on by at each such interval. */
export const playStride = (count: number): number =>
  Math.max(1, Math.round((count * playInterval) / (1000 * playSeconds)));
