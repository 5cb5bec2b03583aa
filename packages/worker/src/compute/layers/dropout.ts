/**
 * Inverted dropout (N. Srivastava et al., "Dropout", JMLR 2014): in training a value stays with probability 1 − rate,
 * times 1/(1 − rate). Which stay is drawn from the counter-based generator: the same for an example, whoever has it.
 */
import { gantryError } from '@gantry/shared';
import * as tf from '../tf.ts';
import { noSecondDerivatives, type Layer, type Pass } from './layer.ts';

/**
 * @param name - the layer's, for messages
 * @param rate - in [0, 1)
 * @param index - of the layer in its network, for its random numbers
 */
export function dropout(name: string, rate: number, index: number): Layer {
  const mask = (shape: number[], { noise }: Pass): tf.Tensor => {
    if (noise === null)
      throw gantryError('INTERNAL', `${name} drops values in a pass without random numbers`);
    const features = shape.slice(1).reduce((product, side) => product * side, 1);
    const kept = 1 / (1 - rate);
    return tf.tensor(
      noise.uniform(index, features).map((u) => (u >= rate ? kept : 0)),
      shape,
    );
  };
  /** Nothing is saved where nothing is dropped. */
  const masked = (x: tf.Tensor, saved: readonly tf.Tensor[]): tf.Tensor =>
    saved.length === 0 ? x : tf.mul(x, saved[0]);
  return {
    draws: rate > 0,
    forward: (input, pass) => {
      const saved = pass.training && rate > 0 ? [mask(input.shape, pass)] : [];
      return { output: masked(input, saved), saved };
    },
    backward: (dOutput, saved) => ({ input: masked(dOutput, saved), parameters: [] }),
    tangent: masked,
    tangentBackward: noSecondDerivatives,
  };
}
