/**
 * Convolution and transposed convolution, which are each other's transposes: both are written in the same three
 * products. 'same' padding; for kernel 4 and stride 2 on even sides that is PyTorch's padding 1.
 */
import { channelSums } from '../kernels/channel-sums.ts';
import * as tf from '../tf.ts';
import type { Layer } from './layer.ts';
import { parameterOf } from './parameter.ts';

type Image = tf.Tensor4D;
const attributes = (stride: number): tf.NamedAttrMap => ({
  strides: [stride, stride],
  pad: 'same',
  dataFormat: 'NHWC',
});

/** Σ over images of ∂/∂kernel; @param shape - [kh, kw, in, out] */
const filterGradient = (x: tf.Tensor, dy: tf.Tensor, shape: number[], stride: number): tf.Tensor =>
  tf.engine().runKernel('Conv2DBackpropFilter', { x, dy }, { ...attributes(stride), filterShape: shape });

const inputGradient = (dy: tf.Tensor, filter: tf.Tensor, inputShape: number[], stride: number): tf.Tensor =>
  tf.engine().runKernel('Conv2DBackpropInput', { dy, filter }, { ...attributes(stride), inputShape });

const convolve = (x: tf.Tensor, filter: tf.Tensor, stride: number, bias?: tf.Tensor): tf.Tensor => {
  const image = x as Image; // by the plan
  const kernel = filter as tf.Tensor4D; // by the plan
  return bias === undefined
    ? tf.conv2d(image, kernel, stride, 'same')
    : tf.fused.conv2d({ x: image, filter: kernel, strides: stride, pad: 'same', bias });
};

/** @param name - the layer's; the kernel is [k, k, in, out], the bias [out] */
export function conv2d(name: string, stride: number, bias: boolean): Layer {
  const kernelName = `${name}/kernel`;
  const biasName = `${name}/bias`;
  return {
    forward: (input, { parameters }) => ({
      output: convolve(
        input,
        parameterOf(parameters, kernelName),
        stride,
        bias ? parameterOf(parameters, biasName) : undefined,
      ),
      saved: [input],
    }),
    backward: (dOutput, [input], { parameters }, wanted) => {
      const kernel = parameterOf(parameters, kernelName);
      return {
        input: wanted.input ? inputGradient(dOutput, kernel, input.shape, stride) : null,
        parameters: wanted.parameters
          ? [
              [kernelName, filterGradient(input, dOutput, kernel.shape, stride)],
              ...(bias ? [[biasName, channelSums(dOutput)] as const] : []),
            ]
          : [],
      };
    },
    tangent: (direction, _saved, { parameters }) =>
      convolve(direction, parameterOf(parameters, kernelName), stride),
    tangentBackward: (dOutput, direction, _saved, { parameters }, wanted) => ({
      input: null,
      parameters: wanted.parameters
        ? [
            [
              kernelName,
              filterGradient(direction, dOutput, parameterOf(parameters, kernelName).shape, stride),
            ],
          ]
        : [],
    }),
  };
}

/**
 * @param name - the layer's; the kernel is [k, k, out, in], the bias [out]
 * @param output - shape of one output image
 */
export function conv2dTranspose(
  name: string,
  output: readonly number[],
  stride: number,
  bias: boolean,
): Layer {
  const kernelName = `${name}/kernel`;
  const biasName = `${name}/bias`;
  const transpose = (input: tf.Tensor, kernel: tf.Tensor): tf.Tensor =>
    inputGradient(input, kernel, [input.shape[0], ...output], stride);
  return {
    forward: (input, { parameters }) => {
      const image = transpose(input, parameterOf(parameters, kernelName));
      return {
        output: bias ? tf.add(image, parameterOf(parameters, biasName)) : image,
        saved: [input],
      };
    },
    backward: (dOutput, [input], { parameters }, wanted) => {
      const kernel = parameterOf(parameters, kernelName);
      return {
        input: wanted.input ? convolve(dOutput, kernel, stride) : null,
        parameters: wanted.parameters
          ? [
              [kernelName, filterGradient(dOutput, input, kernel.shape, stride)],
              ...(bias ? [[biasName, channelSums(dOutput)] as const] : []),
            ]
          : [],
      };
    },
    tangent: (direction, _saved, { parameters }) => transpose(direction, parameterOf(parameters, kernelName)),
    tangentBackward: (dOutput, direction, _saved, { parameters }, wanted) => ({
      input: null,
      parameters: wanted.parameters
        ? [
            [
              kernelName,
              filterGradient(dOutput, direction, parameterOf(parameters, kernelName).shape, stride),
            ],
          ]
        : [],
    }),
  };
}
