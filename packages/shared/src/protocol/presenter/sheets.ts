/** Sample sheets and pictures, as a presenter's page shows them. */
import { z } from 'zod';
import type { RunConfig } from '../../config.ts';

/** Sheets that a page keeps to go through: a longer run has them thinned. */
export const mostSheets = 1000;

/** Iterations of sheets since the last such message; in the first those of the whole run, thinned. */
export const presenterSheets = z.strictObject({
  type: z.literal('sheets'),
  iterations: z.array(z.int().min(0)).max(mostSheets),
});
export type PresenterSheets = z.infer<typeof presenterSheets>;

/** Where the coordinator serves a sheet: its image, and for 2-D data what it shows besides (`planeFile`). */
export const sheetUrls = (iteration: number): { readonly image: string; readonly plane: string } => {
  const name = `/samples/${String(iteration).padStart(8, '0')}`;
  return { image: `${name}.png`, plane: `${name}.json` };
};

/** A picture that a page asked for: pixels or points; neither where it will not come. */
export const presenterPicture = z.strictObject({
  type: z.literal('picture'),
  ask: z.int(),
  /** Iterations done by the generator that drew it. */
  iteration: z.int(),
  /** uint8 [samples, height, width, channels], in base64. */
  pixels: z.base64().optional(),
  points: z.array(z.tuple([z.number(), z.number()])).optional(),
});
export type PresenterPicture = z.infer<typeof presenterPicture>;

/**
 * All, or where they are more than `most` about half as many, evenly spread over the run, the first and the last among them.
 * They are so too where some had been thinned before and others had not.
 */
export function thinned(iterations: readonly number[], most = mostSheets): readonly number[] {
  if (iterations.length <= most) return iterations;
  const [first, last] = [iterations[0], iterations[iterations.length - 1]];
  const distance = (2 * (last - first)) / most;
  let kept = first;
  return iterations.filter((iteration) => {
    const keeps = iteration === first || iteration === last || iteration - kept >= distance;
    if (keeps) kept = iteration;
    return keeps;
  });
}

/** How the discriminator's score is to be read: as the log odds of being real, or as a value of its own scale. */
export const isLogit = (loss: RunConfig['loss']['kind']): boolean => loss === 'non-saturating';
