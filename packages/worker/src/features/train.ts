/**
 * Trains a feature network by its recipe: in this process, on wasm with one thread, so that the same bits come out on
 * every machine.
 */
import {
  createOptimizer,
  initialParameters,
  newVectors,
  type NetworkPlan,
  type RunConfig,
} from '@gantry/shared';
import { macrotask } from '../compute/macrotask.ts';
import type { Gradients } from '../compute/network.ts';
import { readBack } from '../compute/read-back.ts';
import * as tf from '../compute/tf.ts';
import type { RealExamples } from '../compute/types.ts';
import { allExamples, type StoredExamples } from '../data/all-examples.ts';
import { FeatureNetwork, type Seen } from './feature-network.ts';
import { recipe, type FeaturePlan, type Recipe } from './recipe.ts';

export interface TrainedFeatures {
  /** float32 [plan.parameterCount] */
  readonly parameters: Float32Array<ArrayBuffer>;
  /** Share of the tested examples that it names rightly. */
  readonly accuracy: number;
}

/**
 * The wasm backend must have started.
 *
 * @param config - of a run on the data: nothing else of it counts
 * @param stored - null for data that is drawn
 * @param progress - told the share that is done, 0 to 1
 */
export async function trainFeatures(
  config: RunConfig,
  plan: FeaturePlan,
  stored: StoredExamples | null,
  progress: (done: number) => void,
  { seed, batch, steps, optimizer: settings, tested }: Recipe = recipe,
): Promise<TrainedFeatures> {
  const all = allExamples(config, seed, stored, 'example');
  const kept = Math.min(tested, Math.max(1, Math.floor(all.size / 10)));
  // Of drawn data there are always new ones, and those that come after them are the others.
  const learnt = Math.min(all.size - kept, batch * steps);
  const batches = Math.max(1, Math.floor(learnt / batch));
  const optimizer = createOptimizer(settings);
  const [parameters, ...slots] = newVectors(
    ['parameters', ...optimizer.slots].map(() => plan.parameterCount),
  );
  parameters.set(initialParameters(plan.extractor, seed, 0));
  parameters.set(initialParameters(plan.head, seed, 1), plan.extractor.parameterCount);
  const state = optimizer.init(parameters.length, slots);
  const gradient = new Float32Array(parameters.length);
  for (let step = 0; step < steps; step++) {
    // Each step begins where the one before ended.
    // oxlint-disable-next-line no-await-in-loop
    const drawn = await all.read((step % batches) * batch, Math.min(batch, learnt));
    // oxlint-disable-next-line no-await-in-loop
    await readGradient(plan, parameters, drawn, gradient);
    // A rate that falls to 0 leaves less to chance.
    optimizer.update(parameters, gradient, state, 1 - step / steps);
    progress(step / steps);
    // oxlint-disable-next-line no-await-in-loop
    await macrotask();
  }
  const { examples, labels } = await all.read(learnt, kept);
  const { features, classes } = await lookWith(plan, parameters.slice(), examples);
  return {
    parameters: scaled(plan, parameters, Math.sqrt(meanSquare(features))),
    accuracy: classes.filter((found, i) => found === labels[i]).length / labels.length,
  };
}

async function lookWith(
  plan: FeaturePlan,
  parameters: Float32Array<ArrayBuffer>,
  images: Float32Array<ArrayBuffer>,
): Promise<Seen> {
  const network = new FeatureNetwork(plan, parameters);
  try {
    return await network.look(images);
  } finally {
    network.dispose();
  }
}

const meanSquare = (values: Float32Array): number =>
  values.reduce((sum, value) => sum + value * value, 0) / values.length;

/**
 * The same classifier with features divided by `deviation`, so that figures of different data are of one scale: the last
 * layer before them is linear, and its activation keeps any factor above 0.
 */
export function scaled(
  plan: FeaturePlan,
  parameters: Float32Array,
  deviation: number,
): Float32Array<ArrayBuffer> {
  const result = parameters.slice();
  const multiply = (
    network: NetworkPlan,
    from: number,
    layer: string,
    kinds: readonly string[],
    by: number,
  ): void => {
    for (const { name, offset, size } of network.parameters) {
      if (!kinds.some((kind) => name === `${layer}/${kind}`)) continue;
      for (let i = 0; i < size; i++) result[from + offset + i] *= by;
    }
  };
  multiply(plan.extractor, 0, 'features', ['kernel', 'bias'], 1 / deviation);
  multiply(plan.head, plan.extractor.parameterCount, 'scores', ['kernel'], deviation);
  return result;
}

/** @param gradient - float32 [plan.parameterCount], written */
async function readGradient(
  plan: FeaturePlan,
  parameters: Float32Array<ArrayBuffer>,
  { examples, labels }: RealExamples,
  gradient: Float32Array,
): Promise<void> {
  const network = new FeatureNetwork(plan, parameters);
  const [extractor, head] = tf.tidy(() => {
    const [ofExtractor, ofHead] = network.gradients(examples, labels);
    return [tensorsOf(plan.extractor, ofExtractor), tensorsOf(plan.head, ofHead)];
  });
  await readBack([...extractor, ...head], (values) => {
    let at = 0;
    for (const each of values) {
      gradient.set(each, at);
      at += each.length;
    }
  });
  tf.dispose([...extractor, ...head]);
  network.dispose();
}

/** In the order of the flat vector: all of them train. */
const tensorsOf = (plan: NetworkPlan, gradients: Gradients): tf.Tensor[] =>
  plan.parameters.flatMap(({ name }) => gradients[name] ?? []);
