/**
 * The golden files' cases (tests/golden/generate.py): PyTorch's numbers in float64, of networks that are Gantry's
 * too. Nothing here reads files, so that a page in a browser can use it.
 */
import {
  blocksPerStep,
  examplesPerBlock,
  exchangesOf,
  largestError,
  parseConfig,
  phaseNames,
  planModel,
  presets,
  readRecords,
  type ModelPlan,
  type PhaseName,
  type RunConfig,
  type SafeTensors,
  type TensorPair,
} from '@gantry/shared';
import { Trainer, type StepResult } from '../../packages/coordinator/src/training/trainer.ts';
import { exchangeAlone } from '../../packages/worker/src/compute/lock-step.ts';
import type { Compute, RunSource } from '../../packages/worker/src/compute/types.ts';

/** Examples of the global batch in every file. */
export const examples = 24;

type Values = Float32Array | Float64Array;

interface CaseOptions {
  readonly microbatch: number;
  readonly statistics?: RunConfig['batchNorm']['statistics'];
  readonly loss?: Partial<RunConfig['loss']>;
  readonly discriminatorBatchNorm?: boolean;
}

/** Both steps of a file are at the parameters it begins with: nothing may move between them. */
const still = { kind: 'adam', learningRate: 0, beta1: 0.5, beta2: 0.999, epsilon: 1e-8 } as const;
const common = {
  optimizer: { discriminator: still, generator: still, decayFrom: 1 },
  schedule: { ...presets.digits.schedule, iterations: 1 },
  evaluation: { ...presets.digits.evaluation, every: 1000, samples: 4 },
};

function dcgan({ microbatch, statistics = 'microbatch', loss = {}, ...rest }: CaseOptions): RunConfig {
  const { discriminatorBatchNorm = true } = rest;
  return parseConfig({
    ...presets.digits,
    ...common,
    data: { source: 'images', path: 'golden', height: 16, width: 16, channels: 1 },
    model: { architecture: 'dcgan', latent: 8, width: 4, discriminatorBatchNorm },
    loss: { kind: 'non-saturating', r1: 0, ...loss },
    batch: { global: examples, microbatch, block: 1 },
    batchNorm: { ...presets.digits.batchNorm, statistics },
  });
}

const mlp = (microbatch: number): RunConfig =>
  parseConfig({
    ...presets.ring,
    ...common,
    model: { ...presets.ring.model, latent: 4, width: 16, depth: 2 },
    loss: { kind: 'non-saturating', r1: 0 },
    batch: { global: examples, microbatch, block: 1 },
  });

/** Ten iterations with Adam. */
export const trajectoryConfig = (microbatch: number): RunConfig => {
  const config = dcgan({ microbatch, statistics: 'global' });
  const moving = { ...still, learningRate: 2e-4 };
  return parseConfig({
    ...config,
    optimizer: { discriminator: moving, generator: moving, decayFrom: 1 },
    schedule: { ...config.schedule, iterations: 10 },
  });
};

const penalised = { discriminatorBatchNorm: false } as const;
const wasserstein = { kind: 'wasserstein', gradientPenalty: 10 } as const;

/** By file: the configuration for microbatches of that size, with statistics of the global batch or of each microbatch. */
export const goldenConfigs = {
  'mlp-non-saturating': mlp,
  'dcgan-microbatch8': () => dcgan({ microbatch: 8 }),
  'dcgan-global': (microbatch) => dcgan({ microbatch, statistics: 'global' }),
  'dcgan-least-squares': (microbatch) =>
    dcgan({ microbatch, statistics: 'global', loss: { kind: 'least-squares' } }),
  'dcgan-hinge': (microbatch) => dcgan({ microbatch, statistics: 'global', loss: { kind: 'hinge' } }),
  'dcgan-r1': (microbatch) => dcgan({ microbatch, statistics: 'global', loss: { r1: 10 }, ...penalised }),
  'dcgan-wgan-gp': (microbatch) =>
    dcgan({ microbatch, statistics: 'global', loss: wasserstein, ...penalised }),
} as const satisfies Record<string, (microbatch: number) => RunConfig>;

export type GoldenName = keyof typeof goldenConfigs | 'dcgan-trajectory';

/** The same with each microbatch's own statistics, for a microbatch that is the global batch. */
export const ownStatistics = (config: RunConfig): RunConfig =>
  parseConfig({ ...config, batchNorm: { ...config.batchNorm, statistics: 'microbatch' } });

export interface Golden {
  readonly file: SafeTensors;
  readonly config: RunConfig;
  readonly model: ModelPlan;
}

export const golden = (file: SafeTensors, config: RunConfig): Golden => ({
  file,
  config,
  model: planModel(config),
});

/** @throws TypeError for a tensor that the file does not have */
export function values(file: SafeTensors, name: string): Values {
  const tensor = file.tensors.get(name);
  if (tensor === undefined) throw new TypeError(`The golden file has no ${name}`);
  return tensor.data;
}

/** The file's examples: those of the step in a trajectory, else the same in every step. */
export function goldenSource(file: SafeTensors): RunSource {
  const unlabelled = new Int32Array(0);
  const steps = Number(file.metadata['steps'] ?? 1);
  const rows = (name: string, step: number, first: number, count: number): Float32Array<ArrayBuffer> => {
    const all = values(file, name);
    const width = all.length / steps / examples;
    const from = ((step % steps) * examples + first) * width;
    return Float32Array.from(all.subarray(from, from + count * width));
  };
  return {
    real: (step, first, count) =>
      Promise.resolve({ examples: rows('real', step, first, count), labels: unlabelled }),
    weight: () => Promise.resolve(1),
    labels: () => unlabelled,
    sampleLabels: () => unlabelled,
    mix: (step, first, count) => rows('mix', step, first, count),
    latents: (phase, step, first, count) => rows(`latent/${phase}`, step, first, count),
    sampleLatents: (count) => rows('latent/generator', 0, 0, count),
    standing: (_pass, count) => ({ latents: rows('latent/generator', 0, 0, count), labels: unlabelled }),
    sampleReal: (count) => Promise.resolve(rows('real', 0, 0, count)),
  };
}

/** A trainer that holds the file's parameters. */
export function goldenTrainer({ file, config, model }: Golden): Trainer {
  const trainer = new Trainer(config, model);
  for (const network of phaseNames) {
    for (const { name, offset } of model[network].parameters) {
      trainer.replica[network].parameters.set(values(file, `${network}/${name}`), offset);
    }
  }
  return trainer;
}

/** What a step came to, on the coordinator. Plain numbers: they cross from a page. */
export interface FoundStep {
  readonly phase: PhaseName;
  /** Of the mean loss. */
  readonly gradient: readonly number[];
  /** With penalties. */
  readonly loss: number;
  /** Running statistics of the phase's network afterwards. */
  readonly running: readonly number[];
}

export const foundStep = (
  trainer: Trainer,
  phase: PhaseName,
  { gradient, metrics }: StepResult,
): FoundStep => ({
  phase,
  gradient: [...gradient],
  loss: metrics['loss'] + (phase === 'discriminator' ? metrics['penalty'] : 0),
  running: [...trainer.replica[phase].running],
});

/** One step by one worker that has the whole global batch: each microbatch is computed, and the trainer takes them. */
export async function stepAlone(
  compute: Compute,
  trainer: Trainer,
  { file, config, model }: Golden,
  phase: PhaseName,
  step: number,
): Promise<FoundStep> {
  for (const network of phaseNames) compute.load(network, trainer.replica[network]);
  const blocks = Array.from({ length: blocksPerStep(config.batch) }, (_, block) => block);
  const payload = new Uint8Array(compute.payloadBytes(phase, blocks.length));
  const exchange = exchangeAlone(exchangesOf(model, phase, config.loss), examplesPerBlock(config.batch));
  await compute.update({ phase, step, blocks }, goldenSource(file), payload, () => false, exchange);
  for (const [record] of readRecords([trainer.layouts[phase]], payload, blocks.length, 0)) {
    trainer.add(phase, record);
  }
  const steps = { discriminator: step, generator: step };
  const result = trainer.apply({ iteration: step, phase, done: 0, steps });
  if (result === null) throw new TypeError('The sums are not finite');
  return foundStep(trainer, phase, result[0]);
}

type StepErrors = Readonly<Record<'gradients' | 'loss' | 'running means' | 'running variances', number>>;

/** Largest relative errors of a step against the file's. */
export function stepErrors({ file, model }: Golden, found: FoundStep): StepErrors {
  const { phase, gradient, loss } = found;
  const gradients = model[phase].parameters.map(({ name, offset, size }): TensorPair => ({
    name,
    found: gradient.slice(offset, offset + size),
    expected: values(file, `expected/${phase}/grad/${name}`),
  }));
  const expectedLoss = values(file, `expected/${phase}/loss`);
  return {
    gradients: largestError(gradients),
    loss: largestError([{ name: 'loss', found: [loss], expected: expectedLoss }]),
    ...runningErrors(file, model, phase, found.running),
  };
}

/** Layer by layer, each measured by itself. */
export function runningErrors(
  file: SafeTensors,
  model: ModelPlan,
  phase: PhaseName,
  running: ArrayLike<number>,
): Pick<StepErrors, 'running means' | 'running variances'> {
  const largest = (which: 'mean' | 'variance'): number =>
    Math.max(
      0,
      ...model[phase].batchNorms.map(({ name, offset, channels }) => {
        const from = which === 'mean' ? offset : offset + channels;
        const found = Array.from(running).slice(from, from + channels);
        return largestError([
          { name, found, expected: values(file, `expected/${phase}/running/${name}/${which}`) },
        ]);
      }),
    );
  return { 'running means': largest('mean'), 'running variances': largest('variance') };
}

/** Largest relative errors of both networks' parameters at the end of a trajectory. */
export const parameterErrors = ({ file, model }: Golden, trainer: Trainer): number =>
  Math.max(
    ...phaseNames.map((network) =>
      largestError(
        model[network].parameters.map(({ name, offset, size }) => ({
          name,
          found: trainer.replica[network].parameters.subarray(offset, offset + size),
          expected: values(file, `expected/${network}/${name}`),
        })),
      ),
    ),
  );
