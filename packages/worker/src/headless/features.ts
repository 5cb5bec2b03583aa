/** The feature network of a data set: trained once on this machine, and read from then on. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { planModel, type RunConfig } from '@gantry/shared';
import type { StoredExamples } from '../data/all-examples.ts';
import type { FeatureNetwork } from '../features/feature-network.ts';
import { featureKey, featurePlan } from '../features/recipe.ts';
import { keepFeatures, readFeatures } from './feature-files.ts';

/** Kept in the user's home, and not with a run: it serves all runs on the data. */
export const featureFolder = (): string => join(homedir(), '.gantry', 'features');

export interface FeatureOptions {
  /** Where they are kept. */
  readonly folder?: string | undefined;
  /** Told when one is trained, which takes a while: the share that is done, 0 to 1. */
  readonly progress?: ((done: number) => void) | undefined;
}

export interface OpenedFeatures {
  readonly network: FeatureNetwork;
  /** Share of examples it was not trained on that it names rightly, 0 to 1. */
  readonly accuracy: number;
}

/**
 * The feature network of the configured data, on wasm in this process.
 *
 * @returns null for data that has none: points, which need none, and images without labels
 * @throws NO_BACKEND
 */
export async function openFeatures(
  config: RunConfig,
  stored: StoredExamples | null,
  { folder = featureFolder(), progress = () => undefined }: FeatureOptions = {},
): Promise<OpenedFeatures | null> {
  const key = featureKey(config.data);
  if (key === null) return null;
  // Only now: points are measured without TensorFlow.js, which takes a second to load.
  const [{ createCompute }, { FeatureNetwork }, { trainFeatures }] = await Promise.all([
    import('../compute/backends.ts'),
    import('../features/feature-network.ts'),
    import('../features/train.ts'),
  ]);
  const plan = featurePlan(config.data);
  await createCompute('wasm', planModel(config), config);
  const path = join(folder, `${key}.safetensors`);
  let trained = await readFeatures(path, plan.parameterCount);
  if (trained === null) {
    trained = await trainFeatures(config, plan, stored, progress);
    await keepFeatures(path, trained);
  }
  return { network: new FeatureNetwork(plan, trained.parameters), accuracy: trained.accuracy };
}
