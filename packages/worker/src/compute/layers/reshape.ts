/** Another shape for each example; the numbers stay where they are. */
import * as tf from '../tf.ts';
import { noSecondDerivatives, type Layer } from './layer.ts';

/** @param from - one example's shape before; @param to - and after */
export function reshape(from: readonly number[], to: readonly number[]): Layer {
  const shaped = (tensor: tf.Tensor, shape: readonly number[]): tf.Tensor =>
    tf.reshape(tensor, [tensor.shape[0], ...shape]);
  return {
    forward: (input) => ({ output: shaped(input, to), saved: [] }),
    backward: (dOutput) => ({ input: shaped(dOutput, from), parameters: [] }),
    tangent: (direction) => shaped(direction, to),
    tangentBackward: noSecondDerivatives,
  };
}
