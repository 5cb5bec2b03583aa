/** How many activations have stopped to pass gradients on. */
import type { Network, Trace } from './network.ts';
import * as tf from './tf.ts';

/**
 * Of each activation layer, in order: the share of its outputs that are saturated, times `examples`. A discriminator's
 * tensors have other numbers of rows: two for each example, real and generated, or one for a pack of them.
 */
export function saturations(
  network: Network,
  { saved }: Pick<Trace, 'saved'>,
  examples: number,
): tf.Tensor[] {
  return network.flatMap((node, i) => {
    const { saturated } = node.layer;
    return saturated === undefined
      ? []
      : [tf.tidy(() => tf.mul(saturated(saved[i]), examples / saved[i][0].shape[0]))];
  });
}
