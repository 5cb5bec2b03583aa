/** A feature network: from images to feature vectors, and the classes that it takes them for. */
import { checksum64, gantryError, volume } from '@gantry/shared';
import { inParts } from '../compute/in-parts.ts';
import type { Parameters, Pass } from '../compute/layers/layer.ts';
import {
  backward,
  buildNetwork,
  forward,
  through,
  type Gradients,
  type Network,
} from '../compute/network.ts';
import { release, upload } from '../compute/replica.ts';
import * as tf from '../compute/tf.ts';
import { crossEntropy } from './cross-entropy.ts';
import { featureLength, type FeaturePlan } from './recipe.ts';

export interface Seen {
  /** float32 [n, featureLength] */
  readonly features: Float32Array<ArrayBuffer>;
  /** The class of highest score, [n] */
  readonly classes: Int32Array;
}

/** Layers here do the same in training as in use. */
const plain = {
  groups: 1,
  training: false,
  running: new Float32Array(0),
  labels: null,
  noise: null,
  pooled: null,
} as const;

export class FeatureNetwork {
  /** Of its parameters: figures of networks of different hashes cannot be compared. 16 hexadecimal digits */
  readonly hash: string;
  readonly plan: FeaturePlan;
  readonly featureLength = featureLength;
  readonly #extractor: Network;
  readonly #head: Network;
  readonly #loaded: readonly [extractor: Parameters, head: Parameters];

  /**
   * The wasm backend must have started.
   *
   * @param parameters - float32 [plan.parameterCount]
   */
  constructor(plan: FeaturePlan, parameters: Float32Array<ArrayBuffer>) {
    this.plan = plan;
    this.hash = checksum64(parameters);
    this.#extractor = buildNetwork(plan.extractor, 0);
    this.#head = buildNetwork(plan.head, 0);
    const { parameterCount } = plan.extractor;
    this.#loaded = [
      upload(plan.extractor, parameters.subarray(0, parameterCount)),
      upload(plan.head, parameters.subarray(parameterCount)),
    ];
  }

  /** @param images - float32 [n, ...example shape], in [-1, 1] */
  async look(images: Float32Array<ArrayBuffer>): Promise<Seen> {
    const { classes } = this.plan;
    const width = featureLength + classes;
    const n = images.length / volume(this.plan.extractor.input);
    const both = await inParts(n, width, (first, count) => {
      const { seen, judged } = this.#pass(this.#tensor(images, first, count));
      return tf.concat([seen.output, judged.output], 1);
    });
    const features = new Float32Array(n * featureLength);
    const found = new Int32Array(n);
    for (let i = 0; i < n; i++) {
      const row = both.subarray(i * width, (i + 1) * width);
      features.set(row.subarray(0, featureLength), i * featureLength);
      const scores = row.subarray(featureLength);
      found[i] = scores.indexOf(Math.max(...scores));
    }
    return { features, classes: found };
  }

  /**
   * The gradient of the mean cross-entropy. The caller keeps or frees the tensors.
   *
   * @param images - float32 [n, ...example shape]
   * @param labels - [n]
   */
  gradients(
    images: Float32Array<ArrayBuffer>,
    labels: Int32Array,
  ): readonly [extractor: Gradients, head: Gradients] {
    const { seen, judged } = this.#pass(this.#tensor(images, 0, labels.length));
    const { slope } = crossEntropy(judged.output, oneHot(labels, this.plan.classes));
    const ofHead = through(backward(this.#head, judged, slope, { input: true, parameters: true }));
    if (ofHead.input === null) throw gantryError('INTERNAL', 'the scores gave no gradient by the features');
    const wanted = { input: false, parameters: true };
    const ofExtractor = through(backward(this.#extractor, seen, ofHead.input, wanted));
    return [ofExtractor.parameters, ofHead.parameters];
  }

  #pass(input: tf.Tensor) {
    const [extractor, head] = this.#loaded.map((parameters): Pass => ({ ...plain, parameters }));
    const seen = through(forward(this.#extractor, input, extractor));
    return { seen, judged: through(forward(this.#head, seen.output, head)) };
  }

  #tensor(images: Float32Array<ArrayBuffer>, first: number, count: number): tf.Tensor {
    const { input } = this.plan.extractor;
    const size = volume(input);
    return tf.tensor(images.slice(first * size, (first + count) * size), [count, ...input]);
  }

  dispose(): void {
    for (const parameters of this.#loaded) release(parameters);
  }
}

/** [n, classes] */
function oneHot(labels: Int32Array, classes: number): tf.Tensor {
  const rows = new Float32Array(labels.length * classes);
  labels.forEach((label, row) => (rows[row * classes + label] = 1));
  return tf.tensor(rows, [labels.length, classes]);
}
