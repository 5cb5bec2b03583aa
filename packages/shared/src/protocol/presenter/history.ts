/** The course of a run, as a presenter's page draws it. */
import { z } from 'zod';

const finite = z.number();

/** Losses since the last such message (all of them, thinned, in the first). Mean over the global batch. */
export const presenterLosses = z.strictObject({
  type: z.literal('losses'),
  iteration: z.array(z.int()),
  discriminator: z.array(finite),
  generator: z.array(finite),
});
