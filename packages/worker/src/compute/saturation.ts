/** How many activations have stopped to pass gradients on. */
import type { Network, Trace } from './network.ts';
import * as tf from './tf.ts';

/** Of each activation layer, in order: the sum over examples of the share of its outputs that are saturated. */
export function saturations(network: Network, { saved }: Pick<Trace, 'saved'>): tf.Tensor[] {
  return network.flatMap((node, i) => {
    const { saturated } = node.layer;
    return saturated === undefined ? [] : [tf.tidy(() => saturated(saved[i]))];
  });
}
