/** Layers that know an example's class: one appends a learnt vector of it, one scores by it. */
import { gantryError } from '@gantry/shared';
import { channelSums } from '../kernels/channel-sums.ts';
import { matMul } from '../kernels/mat-mul.ts';
import * as tf from '../tf.ts';
import { noSecondDerivatives, type Layer, type Pass } from './layer.ts';
import { channelSlice } from './merge.ts';
import { parameterOf } from './parameter.ts';

/** One-hot [batch, classes]. @throws INTERNAL where a pass came without */
function labelsOf({ labels }: Pass, layer: string): tf.Tensor {
  if (labels === null) throw gantryError('INTERNAL', `${layer} needs classes, and the pass has none`);
  return labels;
}

/**
 * x beside E[class].
 *
 * @param name - the layer's; E, `embedding`, is [classes, units]
 * @param features - of x, [batch, features]
 */
export function labelEmbedding(name: string, features: number): Layer {
  const embeddingName = `${name}/embedding`;
  const embeddingOf = ({ parameters }: Pass): tf.Tensor => parameterOf(parameters, embeddingName);
  return {
    forward: (input, pass) => ({
      output: tf.concat([input, matMul(labelsOf(pass, name), embeddingOf(pass))], -1),
      saved: [],
    }),
    backward: (dOutput, _saved, pass, wanted) => {
      const units = (dOutput.shape[1] ?? features) - features;
      const dEmbedding = (): tf.Tensor =>
        matMul(labelsOf(pass, name), channelSlice(dOutput, features, units), 'a');
      return {
        input: wanted.input ? channelSlice(dOutput, 0, features) : null,
        parameters: wanted.parameters ? [[embeddingName, dEmbedding()]] : [],
      };
    },
    tangent: (direction, _saved, pass) =>
      tf.concat([direction, tf.zeros([direction.shape[0], embeddingOf(pass).shape[1] ?? 0])], -1),
    // What is appended does not depend on x, so the tangent not on E.
    tangentBackward: noSecondDerivatives,
  };
}

/**
 * A score that knows the class, x·w + b + ⟨x, E[class]⟩ (T. Miyato, M. Koyama, "cGANs with projection discriminator",
 * ICLR 2018).
 *
 * @param name - the layer's; w, `kernel`, is [features, 1], b [1], E, `embedding`, [classes, features]
 */
export function projection(name: string): Layer {
  const kernelName = `${name}/kernel`;
  const embeddingName = `${name}/embedding`;
  const biasName = `${name}/bias`;
  /** w + E[class] of each example, [batch, features]. */
  const weights = (pass: Pass): tf.Tensor => {
    const kernel = parameterOf(pass.parameters, kernelName);
    const ofClass = matMul(labelsOf(pass, name), parameterOf(pass.parameters, embeddingName));
    return tf.add(ofClass, tf.reshape(kernel, [1, -1]));
  };
  const score = (x: tf.Tensor, pass: Pass): tf.Tensor => tf.sum(tf.mul(x, weights(pass)), 1, true);
  /** Derivatives by w and E of Σ score(x)·dOutput. */
  const ofWeights = (dOutput: tf.Tensor, x: tf.Tensor, pass: Pass) =>
    [
      [kernelName, matMul(x, dOutput, 'a')],
      [embeddingName, matMul(labelsOf(pass, name), tf.mul(x, dOutput), 'a')],
    ] as const;
  return {
    forward: (input, pass) => ({
      output: tf.add(score(input, pass), parameterOf(pass.parameters, biasName)),
      saved: [input],
    }),
    backward: (dOutput, [input], pass, wanted) => ({
      input: wanted.input ? tf.mul(weights(pass), dOutput) : null,
      parameters: wanted.parameters
        ? [...ofWeights(dOutput, input, pass), [biasName, channelSums(dOutput)]]
        : [],
    }),
    tangent: (direction, _saved, pass) => score(direction, pass),
    tangentBackward: (dOutput, direction, _saved, pass, wanted) => ({
      input: null,
      parameters: wanted.parameters ? ofWeights(dOutput, direction, pass) : [],
    }),
  };
}
