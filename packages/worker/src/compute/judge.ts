/**
 * How the discriminator sees examples outside of training: by running statistics and without noise, each by itself. Where
 * it judges packs, or compares examples, an example is among copies of its own.
 */
import { gantryError, type NetworkPlan, type RunConfig } from '@gantry/shared';
import { losses } from './losses.ts';
import { wantsReal, type LoadedNetwork } from './microbatch.ts';
import { backward, forward, through, type Trace } from './network.ts';
import * as tf from './tf.ts';

export class Judge {
  /** Rows that an example makes of itself. */
  readonly copies: number;
  readonly #discriminator: LoadedNetwork;
  readonly #loss: RunConfig['loss'];
  /** Outputs that come of them: as many as are compared with each other. */
  readonly #outputs: number;

  constructor(plan: NetworkPlan, discriminator: LoadedNetwork, loss: RunConfig['loss']) {
    this.#discriminator = discriminator;
    this.#loss = loss;
    this.#outputs = plan.layers.reduce(
      (product, { spec }) => product * (spec.type === 'minibatchStdDev' ? spec.group : 1),
      1,
    );
    this.copies = this.#outputs * plan.pack;
  }

  /** @param examples - [n, ...example shape] @returns the discriminator's outputs, [n] */
  scores(examples: tf.Tensor): tf.Tensor {
    return tf.mean(tf.reshape(this.#pass(examples).output, [-1, this.#outputs]), 1);
  }

  /**
   * The gradient of the generator's loss by each generated example.
   *
   * @param real - of equal index, for losses that pair
   * @returns [n, ...example shape]
   */
  gradients(generated: tf.Tensor, real: tf.Tensor): tf.Tensor {
    const trace = this.#pass(generated);
    const pairs = wantsReal('generator', this.#loss) ? this.#pass(real).output : null;
    const slopes = losses[this.#loss.kind].generator(trace.output, pairs).fake;
    const { network } = this.#discriminator;
    const { input } = through(backward(network, trace, slopes, { input: true, parameters: false }));
    if (input === null) throw gantryError('INTERNAL', 'the discriminator gave no gradient by its input');
    const ofCopies = tf.reshape(input, [-1, this.copies, ...generated.shape.slice(1)]);
    return tf.div(tf.sum(ofCopies, 1), this.#outputs);
  }

  #pass(examples: tf.Tensor): Trace {
    const { network, parameters, running } = this.#discriminator;
    const [n, ...shape] = examples.shape;
    const copies = tf.tile(tf.expandDims(examples, 1), [1, this.copies, ...shape.map(() => 1)]);
    const rows = this.copies === 1 ? examples : tf.reshape(copies, [n * this.copies, ...shape]);
    const plain = { groups: 1, training: false, labels: null, noise: null, pooled: null };
    return through(forward(network, rows, { parameters, running, ...plain }));
  }
}
