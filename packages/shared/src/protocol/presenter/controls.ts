/** What a presenter's page shows of what can be set: as it connects, and where it has changed. */
import { z } from 'zod';
import { advanceUnits, liveLengths, liveRates, liveSettings } from '../../controls.ts';

export const presenterControls = z.strictObject({
  type: z.literal('controls'),
  /** `lobby`: not started; else whether steps begin: as ever, none, or those up to the end of the unit. */
  going: z.enum(['lobby', 'on', 'paused', ...advanceUnits]),
  ...liveSettings.shape,
  /** Milliseconds from one version to the beginning of the next step, at least. */
  slowMotion: z.int(),
  /** As the run began. */
  configured: z.strictObject({ lengths: liveLengths, learningRates: liveRates }),
  /** By what it can go on, and whether what else there is can be set: with the strategy `local` it cannot. */
  units: z.array(z.enum(advanceUnits)),
  tunable: z.boolean(),
  /** Whether nobody new is let in. */
  locked: z.boolean(),
  /** Whether settings were ever changed, or a worker was made to send wrong gradients: the configuration does not repeat that. */
  altered: z.boolean(),
  /** What finds a worker that computes wrongly: chance of a record to be computed again; 0: nothing. */
  audit: z.number().min(0).max(1),
});
export type PresenterControls = z.infer<typeof presenterControls>;

/** The answer to an action that was refused; to the page that asked. */
export const presenterRefused = z.strictObject({
  type: z.literal('refused'),
  code: z.string().max(100),
  message: z.string().max(1000),
});
export type PresenterRefused = z.infer<typeof presenterRefused>;
