/** Presets: named configurations that work as they are. */
import type { RunConfig } from './config.ts';
import { gantryError } from './errors.ts';

const adam = (learningRate: number, beta1: number, beta2: number) =>
  ({ kind: 'adam', learningRate, beta1, beta2, epsilon: 1e-8 }) as const;

const common = {
  seed: 1,
  batchNorm: { statistics: 'microbatch', momentum: 0.1, epsilon: 1e-5 },
  split: { kind: 'identical' },
  strategy: { kind: 'synchronous' },
  codec: { up: 'float32', down: 'float32', topkShare: 0.01 },
  aggregation: { kind: 'sum' },
  audit: { probability: 0.01 },
  checkpoint: { every: 50, keep: 3 },
  diagnostics: { every: 10 },
  freeze: [] as string[],
  from: null,
} as const;

const schedule = (iterations: number) =>
  ({
    iterations,
    unit: 'steps',
    discriminator: 1,
    generator: 1,
    epochSize: 10_000,
    adaptive: { enabled: false, lower: 0.55, upper: 0.9, most: 4 },
  }) as const;

const loss = { r1: 0, r2: 0, gradientPenalty: 0, penaltyEvery: 1 } as const;

const evaluation = { statistics: 'running', standingPasses: 16 } as const;

/** Fields of image architectures that few presets change. */
const plainImages = {
  conditional: false,
  normalization: false,
  minibatchStdDev: 0,
  pack: 1,
  dropout: 0,
} as const;

/** Fields of the architecture for points that few presets change. */
const plainPoints = {
  architecture: 'mlp',
  generatorBatchNorm: false,
  discriminator: null,
  pack: 1,
} as const;

/** Hidden relu layers on a 2-D mixture, non-saturating loss with a small R1. */
const ring = {
  ...common,
  preset: 'ring',
  data: { source: 'ring' },
  model: { ...plainPoints, latent: 2, width: 128, depth: 2 },
  loss: { ...loss, kind: 'non-saturating', r1: 0.02 },
  optimizer: { discriminator: adam(2e-3, 0.5, 0.99), generator: adam(2e-3, 0.5, 0.99), decayFrom: 0.5 },
  batch: { global: 128, microbatch: 64, block: 1 },
  schedule: schedule(10_000),
  ema: { decay: 0.999 },
  checkpoint: { every: 250, keep: 3 },
  evaluation: { ...evaluation, every: 100, samples: 2500 },
} as const satisfies RunConfig;

/** DCGAN on 28x28 digits; batch norm in both networks. */
const digits: RunConfig = {
  ...common,
  preset: 'digits',
  data: { source: 'digits' },
  model: { ...plainImages, architecture: 'dcgan', latent: 64, width: 32, discriminatorBatchNorm: true },
  loss: { ...loss, kind: 'non-saturating' },
  optimizer: { discriminator: adam(5e-4, 0.5, 0.999), generator: adam(5e-4, 0.5, 0.999), decayFrom: 1 },
  batch: { global: 64, microbatch: 16, block: 1 },
  schedule: schedule(2000),
  ema: { decay: 0.99 },
  evaluation: { ...evaluation, every: 20, samples: 64 },
};

/** A short schedule: these are there to be compared, and each iteration costs more. */
const architectures = { ...digits, schedule: schedule(1000) };

/** The same deep networks with and without shortcuts: vanishing gradients, and what helps. */
const deep = (residual: boolean): RunConfig => ({
  ...architectures,
  preset: residual ? 'deep-residual' : 'deep-plain',
  loss: { ...loss, kind: 'non-saturating', r1: 10 },
  // Without normalisation, at digits' rates, the discriminator wins before the generator draws anything.
  optimizer: { discriminator: adam(1e-4, 0.5, 0.999), generator: adam(1e-4, 0.5, 0.999), decayFrom: 1 },
  model: { ...plainImages, architecture: 'deep', latent: 64, width: 32, depth: 20, residual },
});

export const presets = {
  ring,
  grid: {
    ...ring,
    preset: 'grid',
    data: { source: 'grid' },
    schedule: schedule(12_000),
  },
  digits,
  'digits-small': {
    ...digits,
    preset: 'digits-small',
    model: { ...plainImages, architecture: 'dcgan', latent: 16, width: 8, discriminatorBatchNorm: true },
    batch: { global: 32, microbatch: 8, block: 1 },
    schedule: schedule(1000),
  },
  /**
   * Thirty tabs on one access point: each trains for a while by itself, and little travels. A round has S·N examples a
   * step, which bears higher rates than one batch of N.
   */
  'digits-classroom': {
    ...digits,
    preset: 'digits-classroom',
    strategy: { kind: 'local', iterations: 8, slots: 32, outer: { learningRate: 1, momentum: 0 } },
    codec: { up: 'int8', down: 'int8', topkShare: 0.01 },
    schedule: schedule(2000),
  },
  /** FedGAN (M. Rasouli et al. 2020): agents with two digits each, whose networks are averaged after K iterations. */
  'digits-fedgan': {
    ...digits,
    preset: 'digits-fedgan',
    split: { kind: 'class', shares: 5, classes: 2 },
    strategy: { kind: 'local', iterations: 20, slots: 5, outer: { learningRate: 1, momentum: 0 } },
  },
  'digits-residual': {
    ...architectures,
    preset: 'digits-residual',
    model: {
      ...plainImages,
      architecture: 'residual',
      latent: 64,
      width: 16,
      discriminatorBatchNorm: true,
    },
  },
  'digits-inception': {
    ...architectures,
    preset: 'digits-inception',
    model: {
      ...plainImages,
      architecture: 'inception',
      latent: 64,
      width: 32,
      discriminatorBatchNorm: true,
    },
  },
  'deep-plain': deep(false),
  'deep-residual': deep(true),
  /** "Draw a 7". */
  'digits-conditional': {
    ...digits,
    preset: 'digits-conditional',
    model: {
      ...plainImages,
      architecture: 'dcgan',
      latent: 64,
      width: 32,
      discriminatorBatchNorm: true,
      conditional: true,
    },
    // Ten of each class.
    evaluation: { ...digits.evaluation, samples: 100 },
  },
  'images-32': {
    ...digits,
    preset: 'images-32',
    data: { source: 'images', path: '', height: 32, width: 32, channels: 3, classes: 0 },
    model: { ...plainImages, architecture: 'dcgan', latent: 64, width: 32, discriminatorBatchNorm: true },
    schedule: schedule(5000),
  },
} as const satisfies Record<string, RunConfig>;

export type PresetName = keyof typeof presets;
export const presetNames = Object.keys(presets) as PresetName[];
/** Of whoever names none. */
export const defaultPreset: PresetName = 'digits';

/** @throws OPTION_INVALID for a name that is no preset's */
export function presetConfig(name: string): RunConfig {
  if (!Object.hasOwn(presets, name))
    throw gantryError('OPTION_INVALID', '--preset', name, presetNames.join(', '));
  return presets[name as PresetName];
}
