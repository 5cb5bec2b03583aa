/**
 * The configuration of a run: everything its result depends on, and nothing else. Two runs with equal
 * configurations end with equal parameters, whoever computes them.
 */
import { z } from 'zod';
import { errorText, gantryError } from './errors.ts';
import { codecNames } from './codec/codec.ts';
import { networkSchema } from './model/spec.ts';

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
  /** Classes of its labels, read with it; 0 without labels. */
  classes: z.int().min(0).max(1000).default(0),
  /** Their names, in label order. Never sent to workers. */
  classNames: z.array(z.string().max(100)).max(1000).optional(),
  /** By channel, of values in [−1, 1] over all examples; computed once, when they are first read. */
  statistics: z
    .strictObject({ mean: z.array(z.number()).max(4), deviation: z.array(z.number().gt(0)).max(4) })
    .optional(),
};

/** Examples that the discriminator judges together (PacGAN); 1: each by itself. */
const pack = count(64).default(1);

/** Fields that architectures of images share. */
const imageModel = {
  latent: count(1024),
  /** Channels after the discriminator's first convolution. */
  width: count(512),
  /** Both networks know the class of each example. Needs labelled data. */
  conditional: z.boolean().default(false),
  /** The discriminator scales its inputs by the data set's mean and standard deviation first. */
  normalization: z.boolean().default(false),
  /** Examples a group of minibatch standard deviation before the discriminator's last layer; 0: without. */
  minibatchStdDev: z.int().min(0).max(4096).default(0),
  pack,
  /** Share of features dropped before the discriminator's last layer. */
  dropout: z.number().min(0).lt(1).default(0),
};

/**
 * S: shares of the data. Block b of a step, or slot b of a round, draws its real examples from share b mod S; with the
 * strategy `asynchronous` a whole step draws from one, by chance.
 */
const shares = count(4096);
const split = z.discriminatedUnion('kind', [
  /** All draw from all of the data. */
  z.strictObject({ kind: z.literal('identical') }),
  /** A share has examples of so many classes only; a class that several have is divided evenly among them. */
  z.strictObject({ kind: z.literal('class'), shares, classes: count(1000) }),
  /**
   * Each class is divided by proportions drawn from Dirichlet(α): with small α it lies in few shares (M. Yurochkin et
   * al., "Bayesian nonparametric federated learning of neural networks", ICML 2019).
   */
  z.strictObject({ kind: z.literal('dirichlet'), shares, alpha: z.number().min(0.001).max(10_000) }),
  /** Shares differ in size alone: share k is as large as (k + 1)^−exponent. */
  z.strictObject({ kind: z.literal('quantity'), shares, exponent: z.number().min(0).max(10) }),
]);

const synchronous = z.strictObject({ kind: z.literal('synchronous') });
const local = z.strictObject({
  kind: z.literal('local'),
  /** H: iterations on the worker between exchanges. */
  iterations: count(10_000),
  /** S: slots of a round, each H iterations of its own on examples of its own; more workers have nothing to do. */
  slots: count(4096),
  /**
   * How the averaged change becomes the next version: SGD with Nesterov momentum on it (A. Douillard et al., "DiLoCo",
   * 2023). Rate 1 and momentum 0 just add it.
   */
  outer: z.strictObject({ learningRate: z.number().gt(0).max(10), momentum: z.number().min(0).lt(1) }),
});
const asynchronous = z.strictObject({
  kind: z.literal('asynchronous'),
  /** Versions that may be made between a step's lease and its update; beyond, its work is lost. */
  bound: z.int().min(0).max(10_000),
  /** An update that is stale by τ versions has its learning rate multiplied by (1 + τ)^−exponent. */
  exponent: z.number().min(0).max(10),
});

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
      /** Batch norm behind each hidden layer of the generator. */
      generatorBatchNorm: z.boolean().default(false),
      /** Where its hidden layers are not as the generator's. */
      discriminator: z
        .strictObject({
          width: count(4096),
          depth: count(32),
          /** Linear functions of which a hidden unit is the greatest; 1: relu. */
          pieces: count(64),
        })
        .nullable()
        .default(null),
      pack,
    }),
    z.strictObject({
      architecture: z.literal('dcgan'),
      ...imageModel,
      discriminatorBatchNorm: z.boolean(),
    }),
    z.strictObject({
      architecture: z.literal('residual'),
      ...imageModel,
      discriminatorBatchNorm: z.boolean(),
    }),
    z.strictObject({
      architecture: z.literal('inception'),
      ...imageModel,
      discriminatorBatchNorm: z.boolean(),
    }),
    /** Many plain layers without normalisation, with or without shortcuts. */
    z.strictObject({
      architecture: z.literal('deep'),
      ...imageModel,
      /** Convolutions of each network. */
      depth: count(200),
      residual: z.boolean(),
    }),
    /** Networks as given. */
    z.strictObject({
      architecture: z.literal('custom'),
      latent: count(1024),
      generator: networkSchema,
      discriminator: networkSchema,
    }),
  ]),
  /** How real examples are divided among the blocks of a step, or the slots of a round. */
  split: split.default({ kind: 'identical' }),
  loss: z.strictObject({
    kind: z.enum(['non-saturating', 'least-squares', 'hinge', 'wasserstein', 'relativistic']),
    /** γ of R1, (γ/2)·E‖∇D(real)‖² (Mescheder et al. 2018); 0 turns it off. */
    r1: z.number().min(0).max(1000),
    /** γ of R2, the same at generated examples. */
    r2: z.number().min(0).max(1000).default(0),
    /** λ of λ·E(‖∇D(x̂)‖ − 1)² between real and generated examples (Gulrajani et al. 2017); 0 turns it off. */
    gradientPenalty: z.number().min(0).max(1000).default(0),
    /** Lazy regularisation: penalties in every so-manieth discriminator step, as many times as strong. */
    penaltyEvery: count(1000).default(1),
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
    statistics: z.enum(['microbatch', 'global', 'local']),
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
    /**
     * Gives the weaker network more steps while the discriminator's accuracy stays beyond bounds: its running average
     * (0.9 of what was known, 0.1 of the new, per discriminator step) is compared at the end of each iteration.
     */
    adaptive: z
      .strictObject({
        enabled: z.boolean(),
        /** Below, the discriminator gets more steps; above `upper`, the generator does. */
        lower: fraction,
        upper: fraction,
        /** Steps added at most; one more or less an iteration. */
        most: count(100),
      })
      .default({ enabled: false, lower: 0.55, upper: 0.9, most: 4 }),
  }),
  ema: z.strictObject({ decay: z.number().min(0).lt(1) }),
  /** Runs from before there was another have its name alone. */
  strategy: z.preprocess(
    (value) => (value === 'synchronous' ? { kind: value } : value),
    z.discriminatedUnion('kind', [synchronous, local, asynchronous]),
  ),
  /** How the gradients of a step's blocks, or the changes of a round's slots, become one. */
  aggregation: z
    .discriminatedUnion('kind', [
      /** Their sum: the gradient of the global batch. */
      z.strictObject({ kind: z.literal('sum') }),
      /** Those whose norm is beyond `factor` times the median are shortened to that. */
      z.strictObject({ kind: z.literal('clipped'), factor: z.number().gt(0).max(1000) }),
      /** Of each coordinate the median (D. Yin et al., "Byzantine-robust distributed learning", 2018). */
      z.strictObject({ kind: z.literal('median') }),
      /** Of each coordinate the mean without the share `trim` of the smallest and of the largest (the same). */
      z.strictObject({ kind: z.literal('trimmed'), trim: z.number().gt(0).lt(0.5) }),
    ])
    .default({ kind: 'sum' }),
  audit: z
    .strictObject({
      /** Chance of a record to be computed again by another worker, and compared; 0: no audits. */
      probability: fraction,
    })
    .default({ probability: 0.01 }),
  codec: z.strictObject({
    /** Of updates. */
    up: z.enum(codecNames),
    /** Of deltas. */
    down: z.enum(codecNames),
    /** Share of the numbers that the codec `topk` sends. */
    topkShare: z.number().gt(0).max(1).default(0.01),
  }),
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
    /** Batch norm's in sample sheets: running, or standing ones, accumulated afresh over training-mode passes. */
    statistics: z.enum(['running', 'standing']).default('running'),
    /** Passes of a microbatch each behind standing statistics. */
    standingPasses: count(1000).default(16),
  }),
  diagnostics: z
    .strictObject({
      /** Steps of a phase from one look at saturated activations and batch-norm drift to the next; 0: none. */
      every: z.int().min(0).max(1_000_000),
    })
    .default({ every: 10 }),
  /** Layers to freeze, as in `discriminator/conv*`; * stands for any characters. */
  freeze: z.array(z.string().min(1).max(200)).max(100).default([]),
  /** Another run's parameters to begin from, matched by name and shape; null: all are made new. */
  from: z
    .strictObject({
      /** Of a run directory or checkpoint. Never sent to workers. */
      path: z.string().min(1).max(4096),
      /** Checksum of the checkpoint's parameters, set when they are first read; later reads must give the same. */
      fingerprint: z.string().max(64).optional(),
    })
    .nullable()
    .default(null),
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

/** The name of the layer that a path leads into, since nobody counts layers. */
function layerName(value: unknown, path: readonly PropertyKey[]): string {
  const depth = path.findLastIndex((key) => typeof key === 'number') + 1;
  if (depth === 0 || !path.includes('layers')) return '';
  const name = at(value, [...path.slice(0, depth), 'name']);
  return typeof name === 'string' ? ` (layer "${name}")` : '';
}

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
    const path = `${issue.path.join('.') || 'configuration'}${layerName(value, issue.path)}`;
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
  checkBounds(parsed.data.schedule);
  checkStrategy(parsed.data);
  checkAggregation(parsed.data);
  checkSplit(parsed.data);
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
}

function checkBounds({ adaptive: { lower, upper } }: RunConfig['schedule']): void {
  if (lower < upper) return;
  throw gantryError(
    'CONFIG_FIELD_INVALID',
    'schedule.adaptive.lower',
    lower,
    `it must be below upper (${upper})`,
  );
}

/** In a round of the strategy `local` nothing is exchanged, and nobody sees what an iteration came to; nor where steps overlap. */
function checkStrategy({ strategy, batchNorm, schedule }: RunConfig): void {
  if (strategy.kind === 'synchronous') return;
  const { statistics } = batchNorm;
  if (strategy.kind === 'local' ? statistics !== 'microbatch' : statistics === 'global') {
    throw gantryError(
      'CONFIG_FIELD_INVALID',
      'batchNorm.statistics',
      statistics,
      strategy.kind === 'local'
        ? 'with the strategy local it must be microbatch'
        : 'with the strategy asynchronous nobody waits for others, whose statistics it would need',
    );
  }
  if (schedule.adaptive.enabled) {
    throw gantryError(
      'CONFIG_FIELD_INVALID',
      'schedule.adaptive.enabled',
      true,
      `with the strategy ${strategy.kind} the schedule cannot adapt`,
    );
  }
}

/** What is not a sum is made of the blocks by themselves. */
function checkAggregation({ aggregation, batchNorm, codec, strategy }: RunConfig): void {
  if (aggregation.kind === 'sum') return;
  const refuse = (path: string, value: string): never => {
    const reason = `with aggregation.kind ${aggregation.kind} each block must come by itself`;
    throw gantryError('CONFIG_FIELD_INVALID', path, value, reason);
  };
  if (codec.up === 'topk') refuse('codec.up', codec.up);
  if (batchNorm.statistics === 'local') refuse('batchNorm.statistics', batchNorm.statistics);
  if (strategy.kind === 'asynchronous') refuse('strategy.kind', strategy.kind);
}

/** What is drawn for a unit is of one share, and each share is to be drawn from. */
function checkSplit(config: RunConfig): void {
  const { split: wanted, strategy, batchNorm } = config;
  if (wanted.kind === 'identical') return;
  if (batchNorm.statistics === 'local') {
    throw gantryError(
      'CONFIG_FIELD_INVALID',
      'batchNorm.statistics',
      batchNorm.statistics,
      'with it a lease passes as one batch, in which shares of the data cannot be told apart',
    );
  }
  // Where a step is one lease, it is of one share.
  if (strategy.kind === 'asynchronous') return;
  const units = unitsPerVersion(config);
  if (wanted.shares <= units) return;
  const what = strategy.kind === 'local' ? 'slots of a round' : 'blocks of a step';
  throw gantryError(
    'CONFIG_FIELD_INVALID',
    'split.shares',
    wanted.shares,
    `there are ${units} ${what}, and each draws from one share`,
  );
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
    if (depth === keys.length - 1 && keys[0] === 'aggregation' && keys[depth] === 'kind') {
      return usualAggregation(record, readValue(text));
    }
    if (depth === keys.length - 1 && keys[0] === 'split' && keys[depth] === 'kind') {
      return usualSplit(config, readValue(text));
    }
    if (keys[0] === 'strategy' && (keys.length === 1 || (depth === 1 && keys[depth] === 'kind'))) {
      const strategy = usualStrategy(config, readValue(text));
      return depth === 1 ? strategy : { ...record, strategy };
    }
    if (depth === keys.length - 1 && keys[0] === 'model' && keys[depth] === 'architecture') {
      return otherArchitecture(record, readValue(text));
    }
    if (!Object.hasOwn(record, keys[depth])) {
      if (keys[0] === 'strategy' && depth === 1) {
        const reason = `the strategy ${config.strategy.kind} has no such field; set another strategy before it`;
        throw gantryError('CONFIG_FIELD_INVALID', path, readValue(text), reason);
      }
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

/** An aggregation by its name, with its usual field. */
function usualAggregation(present: { readonly [key: string]: Json }, kind: Json): Json {
  if (kind === present.kind) return present;
  if (kind === 'clipped') return { kind, factor: 2 };
  return kind === 'trimmed' ? { kind, trim: 0.2 } : { kind };
}

/** A split by its name, with its usual fields: a share for each unit. */
function usualSplit(config: RunConfig, kind: Json): Json {
  if (kind === config.split.kind) return config.split;
  const all = { kind, shares: 'shares' in config.split ? config.split.shares : unitsPerVersion(config) };
  if (kind === 'class') return { ...all, classes: 2 };
  if (kind === 'dirichlet') return { ...all, alpha: 0.5 };
  return kind === 'quantity' ? { ...all, exponent: 1 } : { kind };
}

/** A strategy by its name, with its usual fields: a round keeps as many workers busy as a step did. */
function usualStrategy({ batch, strategy }: RunConfig, kind: Json): Json {
  if (kind === strategy.kind) return strategy;
  if (kind === 'asynchronous') return { kind, bound: 16, exponent: 0 };
  if (kind !== 'local') return typeof kind === 'string' ? { kind } : kind;
  return { kind, iterations: 16, slots: blocksPerStep(batch), outer: { learningRate: 1, momentum: 0 } };
}

/** Images have several architectures: what they share stays, the rest is that architecture's usual. */
function otherArchitecture(present: { readonly [key: string]: Json }, architecture: Json): Json {
  const { discriminatorBatchNorm: _batchNorm, depth: _depth, residual: _residual, ...common } = present;
  if (architecture === 'dcgan' || architecture === 'residual' || architecture === 'inception') {
    return { ...common, architecture, discriminatorBatchNorm: present.discriminatorBatchNorm ?? true };
  }
  if (architecture === 'deep') {
    return { ...common, architecture, depth: present.depth ?? 20, residual: present.residual ?? true };
  }
  return { ...present, architecture };
}

export function readValue(text: string): Json {
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

type Planned = Pick<RunConfig, 'batch' | 'strategy'>;

/** What is leased between one version and the next: the blocks of a step, or the slots of a round. So many workers can have a part. */
export const unitsPerVersion = ({ batch, strategy }: Planned): number =>
  strategy.kind === 'local' ? strategy.slots : blocksPerStep(batch);

/** Examples behind one optimizer step, of all slots together where there are slots. */
export const examplesPerStep = ({ batch, strategy }: Planned): number =>
  strategy.kind === 'local' ? strategy.slots * batch.global : batch.global;
