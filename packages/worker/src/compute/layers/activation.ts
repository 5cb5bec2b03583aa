/** Activations, element by element. */
import { gantryError, type ActivationKind } from '@gantry/shared';
import * as tf from '../tf.ts';
import { noSecondDerivatives, type Layer } from './layer.ts';

/** max(x, slope·x); its derivative is 1 or `slope` by the sign of x, which is also the sign of the output. */
function piecewiseLinear(slope: number): Layer {
  const scale = (by: tf.Tensor, output: tf.Tensor): tf.Tensor => tf.mul(by, tf.step(output, slope));
  return {
    forward: (input) => {
      const output = slope === 0 ? tf.relu(input) : tf.leakyRelu(input, slope);
      return { output, saved: [output] };
    },
    backward: (dOutput, [output]) => ({ input: scale(dOutput, output), parameters: [] }),
    tangent: (direction, [output]) => scale(direction, output),
    tangentBackward: noSecondDerivatives,
  };
}

/** A function that is smooth: given by its output and its first two derivatives. */
function smooth(
  output: (x: tf.Tensor) => tf.Tensor,
  first: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor,
  second: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor,
): Layer {
  return {
    forward: (input) => {
      const y = output(input);
      return { output: y, saved: [input, y] };
    },
    backward: (dOutput, [x, y]) => ({ input: tf.mul(dOutput, first(x, y)), parameters: [] }),
    tangent: (direction, [x, y]) => tf.mul(direction, first(x, y)),
    tangentBackward: (dOutput, direction, [x, y], _pass, wanted) => ({
      input: wanted.input ? tf.mul(tf.mul(dOutput, direction), second(x, y)) : null,
      parameters: [],
    }),
  };
}

const tanhSlope = (y: tf.Tensor): tf.Tensor => tf.sub(1, tf.square(y));

/** @param slope - leakyRelu's, for negative inputs; above 0 */
export function activation(kind: ActivationKind, slope = 0.2): Layer {
  switch (kind) {
    case 'relu':
      return piecewiseLinear(0);
    case 'leakyRelu':
      return piecewiseLinear(slope);
    case 'tanh':
      return smooth(
        tf.tanh,
        (_x, y) => tanhSlope(y),
        (_x, y) => tf.mul(tf.mul(y, -2), tanhSlope(y)),
      );
    default:
      throw gantryError('INTERNAL', `activation ${kind} is not there yet`);
  }
}
