/** y = x·W + b */
import { channelSums } from '../kernels/channel-sums.ts';
import { affine, matMul } from '../kernels/mat-mul.ts';
import type { Layer } from './layer.ts';
import { parameterOf } from './parameter.ts';

/** @param name - the layer's; W is [in, out], b [out] */
export function dense(name: string, bias: boolean): Layer {
  const kernelName = `${name}/kernel`;
  const biasName = `${name}/bias`;
  return {
    forward: (input, { parameters }) => {
      const kernel = parameterOf(parameters, kernelName);
      const output = affine(input, kernel, bias ? parameterOf(parameters, biasName) : undefined);
      return { output, saved: [input] };
    },
    backward: (dOutput, [input], { parameters }, wanted) => ({
      input: wanted.input ? matMul(dOutput, parameterOf(parameters, kernelName), 'b') : null,
      parameters: wanted.parameters
        ? [
            [kernelName, matMul(input, dOutput, 'a')],
            ...(bias ? [[biasName, channelSums(dOutput)] as const] : []),
          ]
        : [],
    }),
    tangent: (direction, _saved, { parameters }) => matMul(direction, parameterOf(parameters, kernelName)),
    // A bias does not move the tangent.
    tangentBackward: (dOutput, direction, _saved, _pass, wanted) => ({
      input: null,
      parameters: wanted.parameters ? [[kernelName, matMul(direction, dOutput, 'a')]] : [],
    }),
  };
}
