/** What the presenter's page is told and says, over its own socket: JSON, checked by these schemas on both sides. */
import { z } from 'zod';
import { backendTest } from './messages.ts';

const finite = z.number();
const phase = z.enum(['discriminator', 'generator']);

export const workerView = z.strictObject({
  id: z.int(),
  name: z.string(),
  kind: z.enum(['tab', 'headless']),
  /** `testing`: joining; `late`: beyond its deadline; `lost`: connection gone, may come back;
   * `left`: said goodbye; `quarantined`: what it sent was wrong. */
  state: z.enum([
    'testing',
    'waiting',
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
  backend: backendTest.shape.backend.nullable(),
  millisecondsPerMicrobatch: z.number().nullable(),
  microbatches: z.int(),
  /** Of all microbatches so far, 0 to 1. */
  share: z.number(),
});
export type WorkerView = z.infer<typeof workerView>;

/** Once, when the page connects. */
const hello = z.strictObject({
  type: z.literal('hello'),
  preset: z.string(),
  seed: z.int(),
  run: z.string(),
  iterations: z.int(),
  /** [2] for points, else [height, width, channels]. */
  exampleShape: z.array(z.int()),
  strategy: z.enum(['synchronous', 'local']),
  /** Workers that can have a part of one step, or round. */
  usefulWorkers: z.int(),
  joinUrls: z.array(z.string()),
  joinCode: z.string().nullable(),
  /** QR code of the first join address, with the code: rows of 0 and 1 (dark). */
  joinQr: z.array(z.string()),
});
/** A few times a second. */
const progress = z.strictObject({
  type: z.literal('progress'),
  status: z.enum(['running', 'waiting', 'finished']),
  /** Iterations done. */
  iteration: z.int(),
  phase,
  /** Steps done in this phase of this iteration. */
  stepInPhase: z.int(),
  /** Steps of each phase in this iteration. */
  phaseLengths: z.strictObject({ discriminator: z.int(), generator: z.int() }),
  version: z.int(),
  examplesPerSecond: finite,
  secondsElapsed: finite,
  /** null while unknown. */
  secondsLeft: finite.nullable(),
  bytes: z.strictObject({ up: z.int(), down: z.int() }),
  workers: z.array(workerView),
});
/** Losses since the last such message (all of them, thinned, in the first). Mean over the global batch. */
const losses = z.strictObject({
  type: z.literal('losses'),
  iteration: z.array(z.int()),
  discriminator: z.array(finite),
  generator: z.array(finite),
});
/** A new sample sheet: `url` of a PNG, or points. */
const sheet = z.strictObject({
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

export const presenterMessage = z.discriminatedUnion('type', [hello, progress, losses, sheet]);
export type PresenterMessage = z.infer<typeof presenterMessage>;
export type PresenterHello = z.infer<typeof hello>;
export type PresenterProgress = z.infer<typeof progress>;
export type PresenterSheet = z.infer<typeof sheet>;

// --- page to coordinator ------------------------------------------------------------------------

/** The page's first message. */
const pageHello = z.strictObject({ type: z.literal('hello'), token: z.string().max(64) });
/** A quarantined worker may work again. */
const pardon = z.strictObject({ type: z.literal('pardon'), worker: z.int().min(1) });

/** What the presenter does to the run: after the hello only. */
export const presenterAction = z.discriminatedUnion('type', [pardon]);
export type PresenterAction = z.infer<typeof presenterAction>;

export const presenterInput = z.discriminatedUnion('type', [pageHello, presenterAction]);
