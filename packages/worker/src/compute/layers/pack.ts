/**
 * Packing (Z. Lin et al., "PacGAN", NeurIPS 2018): a discriminator judges `size` consecutive examples together, side
 * by side in the channels of one.
 */
import * as tf from '../tf.ts';
import { noSecondDerivatives, type Layer } from './layer.ts';

/**
 * @param size - examples a pack; divides the batch
 * @param example - shape of one example, [..., channels]
 */
export function pack(size: number, example: readonly number[]): Layer {
  const channels = example[example.length - 1];
  const positions = example.slice(0, -1);
  const pixels = positions.reduce((product, side) => product * side, 1);
  // [packs, size, pixels, channels] or [packs, pixels, size, channels]: swapped there and back.
  const swapped = (x: tf.Tensor, rows: number, columns: number): tf.Tensor =>
    pixels === 1 ? x : tf.transpose(tf.reshape(x, [-1, rows, columns, channels]), [0, 2, 1, 3]);
  const together = (x: tf.Tensor): tf.Tensor =>
    tf.reshape(swapped(x, size, pixels), [x.shape[0] / size, ...positions, size * channels]);
  return {
    forward: (input) => ({ output: together(input), saved: [] }),
    backward: (dOutput) => ({
      input: tf.reshape(swapped(dOutput, pixels, size), [dOutput.shape[0] * size, ...example]),
      parameters: [],
    }),
    tangent: together,
    tangentBackward: noSecondDerivatives,
  };
}
