/** A cell's line: the colour of its mark, and a pattern of strokes, so that eyes and printers need not tell colours apart. */
import { identityColour } from '@gantry/shared/page';

/** Seven, as there are shapes of marks: with eight colours the pair repeats only after 56 cells. */
const dashes: readonly (readonly number[])[] = [
  [],
  [5, 2.5],
  [1.5, 2],
  [8, 2, 1.5, 2],
  [3, 1.5],
  [10, 3],
  [5, 2, 1.5, 2, 1.5, 2],
];

export const cellLook = (index: number): { readonly colour: string; readonly dash: readonly number[] } => ({
  colour: identityColour(index),
  dash: dashes[index % dashes.length],
});
