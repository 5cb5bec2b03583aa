/** Activations, element by element. */
import type { ActivationKind } from '@gantry/shared';
import * as tf from '../tf.ts';
import type { Layer } from './layer.ts';

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
  };
}

/** Without a tangent: its second derivative is not zero. */
const tanh: Layer = {
  forward: (input) => {
    const output = tf.tanh(input);
    return { output, saved: [output] };
  },
  backward: (dOutput, [output]) => ({
    input: tf.mul(dOutput, tf.sub(1, tf.square(output))),
    parameters: [],
  }),
};

/** @param slope - leakyRelu's, for negative inputs; above 0 */
export function activation(kind: ActivationKind, slope = 0.2): Layer {
  switch (kind) {
    case 'relu':
      return piecewiseLinear(0);
    case 'leakyRelu':
      return piecewiseLinear(slope);
    case 'tanh':
      return tanh;
  }
}
