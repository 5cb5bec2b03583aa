/**
 * The configuration of a run: everything its result depends on, and nothing else. Two runs with equal
 * configurations end with equal parameters, whoever computes them.
 */
import { z } from 'zod';
import { errorText, gantryError } from './errors.ts';

const count = (most: number) => z.int().min(1).max(most);
const fraction = z.number().min(0).max(1);
/** uint32 */
const seed = z.int().min(0).max(0xffffffff);

const optimizer = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('adam'),
    learningRate: z.number().min(0).max(10),
    beta1: z.number().min(0).lt(1),
    beta2: z.number().min(0).lt(1),
    epsilon: z.number().gt(0).max(1),
  }),
  z.strictObject({
    kind: z.literal('sgd'),
    learningRate: z.number().min(0).max(10),
    momentum: z.number().min(0).lt(1),
  }),
]);

/** Fields of data that lies on the coordinator's disk. The sizes of IDX data are read from the file. */
const stored = {
  /** As given to --data. Never sent to workers. */
  path: z.string().min(1).max(4096),
  height: count(256),
  width: count(256),
  channels: z.union([z.literal(1), z.literal(3)]),
  /** Checksum of the examples, set when they are first read; later reads must give the same. */
  fingerprint: z.string().max(64).optional(),
};

export const configSchema = z.strictObject({
  /** Name of the preset this configuration came from. */
  preset: z.string().min(1).max(64),
  seed,
  data: z.discriminatedUnion('source', [
    z.strictObject({ source: z.literal('ring') }),
    z.strictObject({ source: z.literal('grid') }),
    z.strictObject({ source: z.literal('digits') }),
    z.strictObject({ source: z.literal('idx'), ...stored }),
    z.strictObject({ source: z.literal('images'), ...stored }),
  ]),
  model: z.discriminatedUnion('architecture', [
    z.strictObject({
      architecture: z.literal('mlp'),
      latent: count(1024),
      width: count(4096),
      /** Hidden layers. */
      depth: count(32),
    }),
    z.strictObject({
      architecture: z.literal('dcgan'),
      latent: count(1024),
      /** Channels after the discriminator's first convolution. */
      width: count(512),
      discriminatorBatchNorm: z.boolean(),
    }),
  ]),
  loss: z.strictObject({
    kind: z.enum(['non-saturating', 'least-squares', 'hinge']),
    /** γ of R1, (γ/2)·E‖∇D(real)‖² (Mescheder et al. 2018); 0 turns it off. */
    r1: z.number().min(0).max(1000),
  }),
  optimizer: z.strictObject({
    discriminator: optimizer,
    generator: optimizer,
    /** Learning rates fall linearly to 0 from this share of the run on; 1: they stay. */
    decayFrom: fraction,
  }),
  batch: z.strictObject({
    /** Examples behind one step. */
    global: count(65536),
    /** Examples a microbatch; divides `global`. */
    microbatch: count(4096),
    /** Microbatches a block; divides `global / microbatch`. */
    block: count(4096),
  }),
  batchNorm: z.strictObject({
    statistics: z.enum(['microbatch', 'local']),
    momentum: fraction,
    epsilon: z.number().gt(0).max(1),
  }),
  schedule: z.strictObject({
    iterations: count(100_000_000),
    /** What `discriminator` and `generator` count within an iteration: optimizer steps, or whole epochs. */
    unit: z.enum(['steps', 'epochs']),
    discriminator: count(10_000),
    generator: count(10_000),
    /** Examples an epoch of generated data; real data has its own size. */
    epochSize: count(100_000_000),
  }),
  ema: z.strictObject({ decay: z.number().min(0).lt(1) }),
  strategy: z.literal('synchronous'),
  codec: z.strictObject({ up: z.literal('float32'), down: z.literal('float32') }),
  checkpoint: z.strictObject({
    /** Iterations between checkpoints; there is always one at the end. */
    every: count(1_000_000),
    /** How many of the latest to keep. */
    keep: count(1000),
  }),
  evaluation: z.strictObject({
    /** Iterations between sample sheets; there is always one at the end. */
    every: count(1_000_000),
    /** Generated examples a sheet. Images are shown in a square. */
    samples: count(10_000),
  }),
});

export type RunConfig = z.infer<typeof configSchema>;
export type PhaseName = 'discriminator' | 'generator';

/** Phases by their number on the wire and in random addresses. */
export const phaseNames = ['discriminator', 'generator'] as const;
export const phaseNumber = { discriminator: 0, generator: 1 } as const;

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

const at = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );

/**
 * Checks a configuration from a file, a preset or the wire.
 *
 * @throws CONFIG_FIELD_UNKNOWN, CONFIG_FIELD_INVALID, naming the first field that is wrong
 */
export function parseConfig(value: unknown): RunConfig {
  const parsed = configSchema.safeParse(value);
  if (!parsed.success) {
    // A misspelt field is both missing and unknown: only the latter tells what to mend.
    const { issues } = parsed.error;
    const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
    const path = issue.path.join('.') || 'configuration';
    if (issue.code === 'unrecognized_keys') {
      const inner = at(value, issue.path);
      const given = Object.keys(typeof inner === 'object' && inner !== null ? inner : {});
      const missing = issues
        .map(({ path: other }) => other)
        .filter(({ length }) => length === issue.path.length + 1)
        .filter((other) => issue.path.every((key, depth) => other[depth] === key))
        .map((other) => String(other.at(-1)));
      throw gantryError(
        'CONFIG_FIELD_UNKNOWN',
        [...issue.path, issue.keys[0]].join('.'),
        [...new Set([...given, ...missing])].filter((key) => !issue.keys.includes(key)),
      );
    }
    throw gantryError(
      'CONFIG_FIELD_INVALID',
      path,
      at(value, issue.path) ?? 'missing',
      lowerFirst(issue.message),
    );
  }
  checkBatch(parsed.data);
  return parsed.data;
}

function checkBatch(config: RunConfig): void {
  const { global, microbatch, block } = config.batch;
  if (global % microbatch !== 0) {
    throw gantryError(
      'CONFIG_FIELD_INVALID',
      'batch.microbatch',
      microbatch,
      `it must divide batch.global (${global})`,
    );
  }
  if ((global / microbatch) % block !== 0) {
    throw gantryError(
      'CONFIG_FIELD_INVALID',
      'batch.block',
      block,
      `it must divide the ${global / microbatch} microbatches of a global batch`,
    );
  }
  if (config.loss.r1 > 0 && config.model.architecture === 'dcgan' && config.model.discriminatorBatchNorm) {
    throw gantryError(
      'CONFIG_FIELD_INVALID',
      'loss.r1',
      config.loss.r1,
      'a gradient penalty and batch norm in the discriminator do not go together; set model.discriminatorBatchNorm=false',
    );
  }
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

/**
 * Returns `config` with the field at `path` (as in `optimizer.generator.learningRate`) set to `text`, read as
 * JSON where it is JSON and as a string otherwise. The result is not checked yet: several fields may have to
 * change together.
 *
 * @throws CONFIG_FIELD_UNKNOWN where no such field exists
 */
export function setField(config: RunConfig, path: string, text: string): RunConfig {
  const keys = path.split('.');
  const set = (node: Json, depth: number): Json => {
    if (depth === keys.length) return readValue(text);
    if (typeof node !== 'object' || node === null || Array.isArray(node)) {
      throw gantryError('CONFIG_FIELD_UNKNOWN', path, [keys.slice(0, depth).join('.')]);
    }
    const record = node as { readonly [key: string]: Json };
    if (depth === keys.length - 1 && keys[0] === 'optimizer' && keys[depth] === 'kind') {
      return otherOptimizer(record, readValue(text));
    }
    if (!Object.hasOwn(record, keys[depth])) {
      throw gantryError('CONFIG_FIELD_UNKNOWN', path, Object.keys(record));
    }
    return { ...record, [keys[depth]]: set(record[keys[depth]], depth + 1) };
  };
  return set(config, 0) as unknown as RunConfig;
}

/** An optimizer of another kind has other fields: the learning rate stays, the rest is that kind's usual. */
function otherOptimizer(present: { readonly [key: string]: Json }, kind: Json): Json {
  if (kind === present.kind) return present;
  const { learningRate } = present;
  if (kind === 'adam') return { kind, learningRate, beta1: 0.5, beta2: 0.999, epsilon: 1e-8 };
  if (kind === 'sgd') return { kind, learningRate, momentum: 0 };
  return { ...present, kind };
}

function readValue(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/** @throws CONFIG_SYNTAX, and what parseConfig throws */
export function parseConfigText(text: string, place: string): RunConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw gantryError('CONFIG_SYNTAX', place, errorText(error));
  }
  return parseConfig(value);
}

/** Blocks of one step. */
export const blocksPerStep = (batch: RunConfig['batch']): number =>
  batch.global / batch.microbatch / batch.block;
/** Examples of one block. */
export const examplesPerBlock = (batch: RunConfig['batch']): number => batch.microbatch * batch.block;
