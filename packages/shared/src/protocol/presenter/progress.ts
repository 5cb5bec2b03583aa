/** What a presenter's page shows of the run's present, a few times a second. */
import { z } from 'zod';
import { runStatus } from '../../controls.ts';
import { fault } from '../fault.ts';
import { backendTest } from '../messages.ts';

const finite = z.number();
const phase = z.enum(['discriminator', 'generator']);

export const workerView = z.strictObject({
  id: z.int(),
  name: z.string(),
  kind: z.enum(['tab', 'headless']),
  /** `testing`: joining; `draws`: too coarse to train, it draws samples when they are due; `late`: beyond its deadline; `lost`: connection gone, may come back;
   * `left`: said goodbye; `quarantined`: what it sent was wrong. */
  state: z.enum([
    'testing',
    'waiting',
    'draws',
    'working',
    'late',
    'hidden',
    'paused',
    'unable',
    'quarantined',
    'lost',
    'left',
  ]),
  /** Why it is quarantined; null: it is not. */
  quarantined: z.string().max(1000).nullable(),
  /** What it plays, since the presenter asked for it; null: nothing. */
  fault: fault.nullable(),
  backend: backendTest.shape.backend.nullable(),
  millisecondsPerMicrobatch: z.number().nullable(),
  microbatches: z.int(),
  /** Of all microbatches so far, 0 to 1. */
  share: z.number(),
});
export type WorkerView = z.infer<typeof workerView>;

/** A few times a second. */
export const presenterProgress = z.strictObject({
  type: z.literal('progress'),
  status: runStatus,
  /** How it ended; null while it goes on. */
  outcome: z.enum(['complete', 'stopped', 'diverged']).nullable(),
  /** Iterations done. */
  iteration: z.int(),
  phase,
  /** Steps done in this phase of this iteration. */
  stepInPhase: z.int(),
  /** Steps of each phase in this iteration. */
  phaseLengths: z.strictObject({ discriminator: z.int(), generator: z.int() }),
  version: z.int(),
  examplesPerSecond: finite,
  /** Examples a second over what the worker of the best pace would compute by itself; null while unknown. */
  speedUp: finite.nullable(),
  secondsElapsed: finite,
  /** null while unknown. */
  secondsLeft: finite.nullable(),
  bytes: z.strictObject({ up: z.int(), down: z.int() }),
  workers: z.array(workerView),
});
export type PresenterProgress = z.infer<typeof presenterProgress>;
