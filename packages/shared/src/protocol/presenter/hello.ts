/** What a presenter's page is told of the run as it connects. */
import { z } from 'zod';
import { configSchema } from '../../config.ts';

/** Once, when the page connects. */
export const presenterHello = z.strictObject({
  type: z.literal('hello'),
  preset: z.string(),
  seed: z.int(),
  run: z.string(),
  iterations: z.int(),
  /** [2] for points, else [height, width, channels]. */
  exampleShape: z.array(z.int()),
  /** Samples of a sheet. */
  samples: z.int(),
  /** Names of the classes that the generator can be asked for; empty where it knows none. */
  classes: z.array(z.string()),
  loss: configSchema.shape.loss.shape.kind,
  strategy: z.enum(['synchronous', 'local', 'asynchronous']),
  /** Workers that can have a part of one step, or round. */
  usefulWorkers: z.int(),
  joinUrls: z.array(z.string()),
  joinCode: z.string().nullable(),
  /** QR code of the first join address, with the code: rows of 0 and 1 (dark). */
  joinQr: z.array(z.string()),
});
export type PresenterHello = z.infer<typeof presenterHello>;
