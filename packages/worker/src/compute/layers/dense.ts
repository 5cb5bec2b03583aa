/** y = x·W + b */
import { channelSums } from '../kernels/channel-sums.ts';
import * as tf from '../tf.ts';
import type { Layer } from './layer.ts';
import { parameterOf } from './parameter.ts';

/** @param name - the layer's; W is [in, out], b [out] */
export function dense(name: string, bias: boolean): Layer {
  const kernelName = `${name}/kernel`;
  const biasName = `${name}/bias`;
  return {
    forward: (input, { parameters }) => {
      const kernel = parameterOf(parameters, kernelName) as tf.Tensor2D; // by the plan
      const a = input as tf.Tensor2D; // by the plan
      const output = bias
        ? tf.fused.matMul({ a, b: kernel, bias: parameterOf(parameters, biasName) })
        : tf.matMul(a, kernel);
      return { output, saved: [input] };
    },
    backward: (dOutput, [input], { parameters }, wanted) => ({
      input: wanted.input ? tf.matMul(dOutput, parameterOf(parameters, kernelName), false, true) : null,
      parameters: wanted.parameters
        ? [
            [kernelName, tf.matMul(input, dOutput, true, false)],
            ...(bias ? [[biasName, channelSums(dOutput)] as const] : []),
          ]
        : [],
    }),
    tangent: (direction, _saved, { parameters }) => tf.matMul(direction, parameterOf(parameters, kernelName)),
    // A bias does not move the tangent.
    tangentBackward: (dOutput, direction, _saved, _pass, wanted) => ({
      input: null,
      parameters: wanted.parameters ? [[kernelName, tf.matMul(direction, dOutput, true, false)]] : [],
    }),
  };
}
