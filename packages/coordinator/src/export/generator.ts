/** A run's generator as it is exported: with what others need to know of it. */
import { createHash } from 'node:crypto';
import {
  classNamesOf,
  exampleShape,
  isConditional,
  planModel,
  type NetworkPlan,
  type NetworkState,
  type RunConfig,
} from '@gantry/shared';
import { configText } from '../run/directory.ts';
import type { Checkpoint } from '../run/checkpoint.ts';
import { Trainer } from '../training/trainer.ts';

/** `ema`: the moving average, which sample sheets show; `raw`: the parameters as they are trained. */
export const weightKinds = ['ema', 'raw'] as const;
export type WeightKind = (typeof weightKinds)[number];

export interface ExportedGenerator {
  readonly config: RunConfig;
  readonly plan: NetworkPlan;
  /** Parameters, with the running statistics of batch norm. */
  readonly state: NetworkState;
  /** Done when it was as it is. */
  readonly iteration: number;
  readonly weights: WeightKind;
}

/** @throws SAFETENSORS_INVALID for a checkpoint of another model */
export function generatorOf(
  config: RunConfig,
  { record, tensors }: Checkpoint,
  weights: WeightKind,
): ExportedGenerator {
  const model = planModel(config);
  const trainer = new Trainer(config, model);
  trainer.restore(tensors, record.optimizerSteps);
  return {
    config,
    plan: model.generator,
    state: weights === 'ema' ? trainer.evaluationState() : trainer.master.generator,
    iteration: record.position.iteration,
    weights,
  };
}

/** What model.json and the safetensors file say of it. */
export interface GeneratorFacts {
  readonly preset: string;
  readonly seed: number;
  readonly iteration: number;
  readonly weights: WeightKind;
  /** Numbers of a latent vector. */
  readonly latent: number;
  /** [2] for points, else [height, width, channels] in [-1, 1]. */
  readonly example: readonly number[];
  /** Names of the classes that it is told; empty for a generator that is not. */
  readonly classes: readonly string[];
  /** SHA-256 of the run's config.json. */
  readonly configHash: string;
}

export function factsOf({ config, iteration, weights }: ExportedGenerator): GeneratorFacts {
  return {
    preset: config.preset,
    seed: config.seed,
    iteration,
    weights,
    latent: config.model.latent,
    example: exampleShape(config.data),
    classes: isConditional(config.model) ? classNamesOf(config.data) : [],
    configHash: createHash('sha256').update(configText(config)).digest('hex'),
  };
}
