/** What a presenter can set of a run while it goes on. The configuration stays what the run began with. */
import { z } from 'zod';

const phase = z.enum(['discriminator', 'generator']);

/**
 * `lobby`: the presenter has not started it; `paused`: the presenter has paused it; `waiting`: nobody is there who
 * could work, or not yet as many as it is to begin with.
 */
export const runStatus = z.enum(['lobby', 'running', 'paused', 'waiting', 'finished']);
export type RunStatus = z.infer<typeof runStatus>;

/** What is computed before it pauses again; with the strategy `local` a round is the least there is. */
export const advanceUnits = ['step', 'phase', 'iteration', 'round'] as const;
export type AdvanceUnit = (typeof advanceUnits)[number];

/** Steps of each phase in an iteration; as many as a configuration may have. */
export const liveLengths = z.strictObject({
  discriminator: z.int().min(1).max(10_000),
  generator: z.int().min(1).max(10_000),
});
export const liveRates = z.strictObject({
  discriminator: z.number().min(0).max(10),
  generator: z.number().min(0).max(10),
});
export const mostSlowMotion = 60_000;

export const control = z.discriminatedUnion('type', [
  /** No step begins any more. The one under way is finished. */
  z.strictObject({ type: z.literal('pause') }),
  /** Steps begin again, or for the first time. */
  z.strictObject({ type: z.literal('go-on') }),
  /** Goes on to the end of this unit, and pauses. */
  z.strictObject({ type: z.literal('advance'), unit: z.enum(advanceUnits) }),
  /** Only this network trains, from the next step on; null: both in turn. */
  z.strictObject({ type: z.literal('train-only'), phase: phase.nullable() }),
  /** From the next step on; null: as configured. */
  z.strictObject({ type: z.literal('set-lengths'), lengths: liveLengths.nullable() }),
  /** From the step under way on; null: as configured. */
  z.strictObject({ type: z.literal('set-learning-rates'), rates: liveRates.nullable() }),
  /** Milliseconds from one version to the beginning of the next step, at least; 0: none. */
  z.strictObject({ type: z.literal('slow-motion'), milliseconds: z.int().min(0).max(mostSlowMotion) }),
]);
export type Control = z.infer<typeof control>;

export const liveSettings = z.strictObject({
  /** The only network that trains; null: both. */
  only: phase.nullable(),
  /** null: as configured. */
  lengths: liveLengths.nullable(),
  learningRates: liveRates.nullable(),
});
/** What of the controls a result depends on: kept in checkpoints. */
export type LiveSettings = z.infer<typeof liveSettings>;

export const asConfigured: LiveSettings = { only: null, lengths: null, learningRates: null };
