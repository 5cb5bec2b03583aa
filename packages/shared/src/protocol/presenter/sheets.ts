/** Sample sheets, as a presenter's page shows them. */
import { z } from 'zod';

const finite = z.number();

/** A new sample sheet: `url` of a PNG, or points. */
export const presenterSheet = z.strictObject({
  type: z.literal('sheet'),
  iteration: z.int(),
  url: z.string().optional(),
  points: z
    .strictObject({
      real: z.array(z.tuple([finite, finite])),
      generated: z.array(z.tuple([finite, finite])),
      modes: z.int(),
      modesTotal: z.int(),
      highQuality: finite,
    })
    .optional(),
});

export type PresenterSheet = z.infer<typeof presenterSheet>;
