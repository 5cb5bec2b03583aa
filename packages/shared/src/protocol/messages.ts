/** Control messages between coordinator and workers: JSON, checked by these schemas on both sides. */
import { z } from 'zod';
import { configSchema } from '../config.ts';
import { runStatus } from '../controls.ts';
import { errorRegistry, gantryError, type ErrorCode } from '../errors.ts';
import { pictureSchema } from '../picture.ts';
import { fault } from './fault.ts';
import { limits } from './limits.ts';

const uint32 = z.int().min(0).max(0xffffffff);
/** Names come to terminals and projectors: nothing that moves a cursor or turns the direction of writing. */
const barred = String.raw`\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069`;
export const workerName = z
  .string()
  .min(1)
  .max(limits.name)
  .regex(new RegExp(`^[^${barred}]+$`, 'u'));

/** A pasted text without what no name may have, and nobody sees; '' where nothing is left. */
export const cleanName = (text: string): string =>
  text.replaceAll(new RegExp(`[${barred}]`, 'gu'), '').trim();

const milliseconds = z.number().min(0).max(1e9);
const phase = z.enum(['discriminator', 'generator']);

/** What the worker's machine offers, as tested at join. */
export const backendTest = z.strictObject({
  backend: z.enum(['webgl', 'wasm', 'cpu']),
  /** Of wasm, where there are more than one. */
  threads: z.int().min(2).max(64).optional(),
  /** Relative error of the known-answer gradient. Absent where the backend did not start. */
  error: z.number().min(0).optional(),
  /** One discriminator and one generator microbatch of the run's model, milliseconds. */
  milliseconds: milliseconds.optional(),
  passed: z.boolean(),
  /** Too coarse to train, such as half precision, and good enough to draw. */
  draws: z.literal(true).optional(),
  /** Why not, in words. */
  reason: z.string().max(300).optional(),
});
export type BackendTest = z.infer<typeof backendTest>;

/** The run's real data, as workers fetch it; null where data is generated. */
export const dataManifest = z.strictObject({
  /** Examples. */
  size: z.int().min(1),
  /** Examples a chunk; the last may hold fewer. */
  chunkSize: z.int().min(1),
  /** Bytes of one example: height × width × channels, uint8. */
  exampleBytes: z.int().min(1),
  /** Names of the classes in label order; empty without labels. */
  classes: z.array(z.string().max(100)).max(1000),
  /** Path of chunk i is `${path}/${i}`; immutable. */
  path: z.string().max(200),
});
export type DataManifest = z.infer<typeof dataManifest>;

// --- worker to coordinator ----------------------------------------------------------------------

/** First message on a socket. */
const hello = z.strictObject({
  type: z.literal('hello'),
  protocol: z.int(),
  kind: z.enum(['tab', 'headless']),
  name: workerName.optional(),
  /** From an earlier `welcome`: the same worker again. */
  token: z.string().max(64).optional(),
  joinCode: z.string().max(16).optional(),
  /** It comes back because its machine slept, for so many seconds. */
  slept: z.number().min(0).max(1e9).optional(),
});
/** Tests passed; takes leases from now on. */
const ready = z.strictObject({
  type: z.literal('ready'),
  backend: z.enum(['webgl', 'wasm', 'cpu']),
  tests: z.array(backendTest).max(8),
  /** Measured on one discriminator plus one generator microbatch, divided by 2. */
  millisecondsPerMicrobatch: milliseconds,
  /** Its backend is too coarse to train, and good enough to draw sample sheets: it is leased nothing else. */
  sheetsOnly: z.literal(true).optional(),
});
/** No backend passed; the worker stays to say why. */
const unable = z.strictObject({
  type: z.literal('unable'),
  tests: z.array(backendTest).max(8),
});
/** Shown or hidden, paused by its user or working: the scheduler leases only to those that work. */
const availability = z.strictObject({
  type: z.literal('availability'),
  state: z.enum(['working', 'hidden', 'paused']),
});
/** The lease cannot be done; its blocks go to others. */
const giveBack = z.strictObject({
  type: z.literal('give-back'),
  lease: uint32,
  /** By its user; because the replica is of another version; because something failed; or as told by `revoke`. */
  cause: z.enum(['paused', 'replica', 'failed', 'revoked']),
  reason: z.string().max(300),
});
/** The replica's checksum was wrong, or it has none: send a snapshot. */
const needSnapshot = z.strictObject({ type: z.literal('need-snapshot'), version: uint32 });
/** Answer to `report`. */
const replicaReport = z.strictObject({ type: z.literal('replica'), version: uint32, checksum: uint32 });
/** Its user gives it another name. Where the presenter has named it, that name stays: `renamed` says which it is. */
const rename = z.strictObject({ type: z.literal('rename'), name: workerName });
/** Leaves for good. */
const bye = z.strictObject({ type: z.literal('bye') });

export const workerMessage = z.discriminatedUnion('type', [
  hello,
  ready,
  unable,
  availability,
  giveBack,
  needSnapshot,
  replicaReport,
  rename,
  bye,
]);
export type WorkerMessage = z.infer<typeof workerMessage>;

// --- coordinator to worker ----------------------------------------------------------------------

const welcome = z.strictObject({
  type: z.literal('welcome'),
  worker: uint32,
  /** To come back as the same worker. */
  token: z.string().max(64),
  name: workerName,
  incarnation: uint32,
  /** Without the path of the data on the coordinator's disk. */
  config: configSchema,
  data: dataManifest.nullable(),
});
const perPhase = z.strictObject({ discriminator: z.int().min(0), generator: z.int().min(0) });

/** Compute some blocks of a step, or slots of a round. The replica is at `version` when this arrives. */
const lease = z.strictObject({
  type: z.literal('lease'),
  lease: uint32,
  version: uint32,
  phase,
  /** Number of this step among the steps of its phase. */
  step: uint32,
  /** Blocks, or slots, ascending. */
  blocks: z.array(z.int().min(0)).min(1),
  /** The step that will most likely come after this one: its examples can be drawn while waiting for it. */
  next: z.strictObject({ phase, step: uint32 }).optional(),
  /** In the strategy `local`: what each slot computes. */
  round: z
    .strictObject({
      iteration: z.int().min(0),
      iterations: z.int().min(1),
      lengths: perPhase,
      steps: perPhase,
    })
    .optional(),
});
/** The lease's update counted: with the codec `topk` its error can be fed back. */
const accepted = z.strictObject({ type: z.literal('accepted'), lease: uint32 });
/** Drop this lease, also where you wait at an exchange: its step begins anew. */
const revoke = z.strictObject({ type: z.literal('revoke'), lease: uint32 });
/**
 * Draw with the EMA generator of this version, the latest that came: the run's sample sheet (of 2-D data with the
 * discriminator that came with it), or a picture.
 */
const evaluate = z.strictObject({
  type: z.literal('evaluate'),
  lease: uint32,
  version: uint32,
  /** Iterations done. */
  iteration: uint32,
  samples: z.int().min(1),
  /** What the presenter asked for; without it, the sample sheet. */
  picture: pictureSchema.optional(),
});
/** What a worker that has nothing to do waits for. */
const waiting = z.strictObject({
  /**
   * - `presenter`: the presenter has not started the run, or has paused it.
   * - `workers`: the run begins with more than are there; `count` are missing.
   * - `others`: `count` workers still compute the step.
   * - `blocks`: a step has only `count` blocks, and more workers are there than that.
   * - `turn`: `count` workers make the step faster than more would, since transfers slow each other down.
   * - `network`: it has a lease, or its answer is on the way.
   * - `sheet`: the next sample sheet, for which it is there, or the last one.
   */
  for: z.enum(['presenter', 'workers', 'others', 'blocks', 'turn', 'network', 'sheet']),
  /** 0 where nothing is counted. */
  count: z.int().min(0),
});
export type Waiting = z.infer<typeof waiting>;

/** Where the run stands; for the tab's display. */
const progress = z.strictObject({
  type: z.literal('progress'),
  status: runStatus,
  iteration: uint32,
  iterations: uint32,
  workers: z.int().min(0),
  /** This worker's part of all microbatches so far. */
  share: z.number().min(0).max(1),
  microbatches: z.int().min(0),
  /** Its place by microbatches, from 1; those with as many share one. */
  rank: z.int().min(1),
  /** null: it computes, or cannot take part. */
  waiting: waiting.nullable(),
});
/** A new sample sheet: `url` is an image, or `points` are [x, y] pairs. */
const sheet = z.strictObject({
  type: z.literal('sheet'),
  iteration: uint32,
  url: z.string().max(300).optional(),
  points: z
    .array(z.tuple([z.number(), z.number()]))
    .max(3000)
    .optional(),
});
/** What this worker sent was wrong: it gets no more work, and stays to say why. A pardon ends the connection with PUT_ASIDE. */
const quarantined = z.strictObject({ type: z.literal('quarantined'), reason: z.string().max(1000) });
/** This worker goes by this name now: the presenter's, or the one that it has asked for. */
const renamed = z.strictObject({ type: z.literal('renamed'), name: workerName });
/** Play this fault instead of the one before; null: none. The presenter asks for it, to show what happens. */
const playFault = z.strictObject({ type: z.literal('fault'), fault: fault.nullable() });
/** Ask for the replica's version and checksum. */
const report = z.strictObject({ type: z.literal('report') });
/** The run is over. */
const finished = z.strictObject({ type: z.literal('finished') });
/** Something this worker sent was refused; the run goes on. A refusal that ends the connection comes as its close. */
const refused = z.strictObject({
  type: z.literal('refused'),
  code: z.enum(Object.keys(errorRegistry) as [ErrorCode, ...ErrorCode[]]),
  message: z.string().max(1000),
});

export const coordinatorMessage = z.discriminatedUnion('type', [
  welcome,
  lease,
  accepted,
  revoke,
  evaluate,
  progress,
  sheet,
  quarantined,
  renamed,
  playFault,
  report,
  finished,
  refused,
]);
export type CoordinatorMessage = z.infer<typeof coordinatorMessage>;
export type LeaseMessage = z.infer<typeof lease>;
export type EvaluateMessage = z.infer<typeof evaluate>;
export type WelcomeMessage = z.infer<typeof welcome>;

/** Characters of a reason: it quotes what came, and travels back in a `refused`. */
const longestReason = 300;

/** @throws MESSAGE_INVALID */
export function parseMessage<T>(schema: z.ZodType<T>, text: string): T {
  const invalid = (reason: string): Error => gantryError('MESSAGE_INVALID', reason.slice(0, longestReason));
  if (text.length > limits.controlMessage) {
    throw invalid(`${text.length} characters, at most ${limits.controlMessage}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // What was thrown quotes the text, which may hold a join code or a token, and this goes to the log.
    throw invalid(`its ${text.length} characters are not JSON`);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalid(`${issue.path.join('.') || 'message'}: ${issue.message}`);
  }
  return parsed.data;
}
