/** Inputs in units of the data set: (x − mean)/deviation, by channel, with constants. */
import * as tf from '../tf.ts';
import { noSecondDerivatives, type Layer } from './layer.ts';

/** @param mean - [channels]; @param deviation - [channels], above 0 */
export function normalization(mean: readonly number[], deviation: readonly number[]): Layer {
  const scaled = (x: tf.Tensor): tf.Tensor => tf.div(x, tf.tensor1d([...deviation]));
  return {
    forward: (input) => ({ output: scaled(tf.sub(input, tf.tensor1d([...mean]))), saved: [] }),
    backward: (dOutput) => ({ input: scaled(dOutput), parameters: [] }),
    tangent: scaled,
    tangentBackward: noSecondDerivatives,
  };
}
