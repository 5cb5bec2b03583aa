/**
 * How the feature network of a data set is made: a small classifier of its labels. Everything that its parameters
 * depend on is here, and has a version: whoever follows it gets the same network, and figures that can be compared.
 */
import {
  classesOf,
  exampleShape,
  planNetwork,
  type NetworkPlan,
  type NetworkSpec,
  type RunConfig,
} from '@gantry/shared';

type LayerSpec = NetworkSpec['layers'][number];

/** Change it with anything here that changes what comes out. */
export const recipeVersion = 1;

export interface Recipe {
  /** Of initial values, and of the order of examples. */
  readonly seed: number;
  readonly batch: number;
  readonly steps: number;
  readonly optimizer: RunConfig['optimizer']['generator'];
  /**
   * Examples that it is tested with, and its features scaled by. It does not learn from them: of stored data they are kept
   * back, a tenth at most.
   */
  readonly tested: number;
}

export const recipe: Recipe = {
  seed: 20_170_612,
  batch: 64,
  steps: 400,
  optimizer: { kind: 'adam', learningRate: 2e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  tested: 1000,
};

/** Numbers of a feature vector. */
export const featureLength = 64;
/** The smallest map that is not halved once more. */
const smallestSide = 7;
/** Channels after each halving; the last of them for all that follow. */
const widths = [16, 32, 64] as const;

export interface FeaturePlan {
  /** From an example to its feature vector. */
  readonly extractor: NetworkPlan;
  /** From the feature vector to a score for each class. */
  readonly head: NetworkPlan;
  /** Numbers of both in one vector, the extractor's first. */
  readonly parameterCount: number;
  readonly classes: number;
}

type Data = RunConfig['data'];

/**
 * What a data set's network is kept under: the same for all runs on it. Stored data goes by its fingerprint.
 *
 * @returns null for data that has no such network: points, which need none, and images without labels
 */
export function featureKey(data: Data): string | null {
  if (exampleShape(data).length === 1 || classesOf(data) < 2) return null;
  const name = 'path' in data ? (data.fingerprint ?? null) : data.source;
  return name === null ? null : `features-${name}-${recipeVersion}`;
}

/** Convolutions of stride 2 down to a small map, a dense layer of features, and the scores. */
export function featurePlan(data: Data): FeaturePlan {
  const input = exampleShape(data);
  const classes = classesOf(data);
  const layers: LayerSpec[] = [];
  let [height, width] = input;
  for (let level = 0; Math.max(height, width) > smallestSide; level++) {
    const filters = widths[Math.min(level, widths.length - 1)];
    layers.push(
      { type: 'conv2d', name: `conv${level}`, filters, kernel: 4, stride: 2, bias: true },
      { type: 'activation', name: `relu${level}`, kind: 'leakyRelu', slope: 0.2 },
    );
    [height, width] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  }
  const last = layers.length === 0 ? input[2] : widths[Math.min(layers.length / 2, widths.length) - 1];
  layers.push(
    { type: 'reshape', name: 'flatten', shape: [height * width * last] },
    { type: 'dense', name: 'features', units: featureLength, bias: true },
    { type: 'activation', name: 'featureRelu', kind: 'leakyRelu', slope: 0.2 },
  );
  const initializer = { kind: 'fan-in-normal', gain: Math.SQRT2 } as const;
  const planned = (role: string, from: readonly number[], of: readonly LayerSpec[]): NetworkPlan =>
    planNetwork({ input: from, layers: of, initializer }, { role, classes, microbatch: recipe.batch });
  const extractor = planned('feature network', input, layers);
  const head = planned('feature head', extractor.output, [
    { type: 'dense', name: 'scores', units: classes, bias: true },
  ]);
  return { extractor, head, classes, parameterCount: extractor.parameterCount + head.parameterCount };
}
