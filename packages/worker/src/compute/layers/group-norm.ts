/**
 * Normalisation of each example by itself, so that nothing crosses examples and evaluation is as training: over groups
 * of its channels (Y. Wu, K. He, "Group normalization", ECCV 2018), or, with one group, over all of it (J. L. Ba,
 * J. R. Kiros, G. E. Hinton, "Layer normalization", 2016). Then a scale γ and an offset β by channel.
 */
import { channelSums } from '../kernels/channel-sums.ts';
import {
  momentsOf,
  normalise,
  normaliseInput,
  normaliseSecond,
  normaliseSums,
  type NormalisedBy,
} from '../kernels/normalise.ts';
import * as tf from '../tf.ts';
import type { Layer, Pass } from './layer.ts';
import { parameterOf } from './parameter.ts';

/**
 * @param name - the layer's; γ and β are [channels]
 * @param groups - of consecutive channels; divides them
 */
export function groupNorm(name: string, groups: number, epsilon: number): Layer {
  const gammaName = `${name}/gamma`;
  const betaName = `${name}/beta`;
  const gammaOf = ({ parameters }: Pass): tf.Tensor => parameterOf(parameters, gammaName);
  const by = (rows: tf.Tensor, moments: tf.Tensor): NormalisedBy => ({
    moments,
    n: rows.shape[1] ?? 1,
    epsilon,
  });
  /** x̂'s Jacobian times a direction; it is symmetric. @param v - of the examples' shape */
  const jacobian = (v: tf.Tensor, rows: tf.Tensor, moments: tf.Tensor): tf.Tensor => {
    const grouped = toRows(v, groups);
    const sums = normaliseSums(grouped, rows, moments);
    return fromRows(normaliseInput(grouped, rows, by(rows, moments), sums, tf.ones([1])), v.shape, groups);
  };
  return {
    forward: (input, pass) => {
      const rows = toRows(input, groups);
      const moments = momentsOf(rows);
      const unit = normalise(rows, by(rows, moments), tf.ones([1]), tf.zeros([1]));
      const normalised = fromRows(unit, input.shape, groups);
      const output = tf.add(tf.mul(normalised, gammaOf(pass)), parameterOf(pass.parameters, betaName));
      return { output, saved: [rows, moments, normalised] };
    },
    backward: (dOutput, [rows, moments, normalised], pass, wanted) => ({
      input: wanted.input ? jacobian(tf.mul(dOutput, gammaOf(pass)), rows, moments) : null,
      parameters: wanted.parameters
        ? [
            [gammaName, channelSums(tf.mul(dOutput, normalised))],
            [betaName, channelSums(dOutput)],
          ]
        : [],
    }),
    tangent: (direction, [rows, moments], pass) => tf.mul(jacobian(direction, rows, moments), gammaOf(pass)),
    tangentBackward: (dOutput, direction, [rows, moments], pass, wanted) => {
      const second = (): tf.Tensor => {
        const u = toRows(tf.mul(dOutput, gammaOf(pass)), groups);
        const { input } = normaliseSecond(
          u,
          toRows(direction, groups),
          rows,
          by(rows, moments),
          tf.ones([1]),
        );
        return fromRows(input, dOutput.shape, groups);
      };
      return {
        input: wanted.input ? second() : null,
        parameters: wanted.parameters
          ? [[gammaName, channelSums(tf.mul(dOutput, jacobian(direction, rows, moments)))]]
          : [],
      };
    },
  };
}

/** @param x - [n, ..., channels] @returns [n·groups, values of a group, 1]: what is normalised together */
function toRows(x: tf.Tensor, groups: number): tf.Tensor {
  const [n, positions, channels] = dimensions(x.shape);
  const values = (positions * channels) / groups;
  if (groups === 1) return tf.reshape(x, [n, values, 1]);
  const apart = tf.transpose(tf.reshape(x, [n, positions, groups, channels / groups]), [0, 2, 1, 3]);
  return tf.reshape(apart, [n * groups, values, 1]);
}

/** Back to a shape [n, ..., channels]. */
function fromRows(rows: tf.Tensor, shape: number[], groups: number): tf.Tensor {
  const [n, positions, channels] = dimensions(shape);
  if (groups === 1) return tf.reshape(rows, shape);
  const apart = tf.reshape(rows, [n, groups, positions, channels / groups]);
  return tf.reshape(tf.transpose(apart, [0, 2, 1, 3]), shape);
}

function dimensions(shape: readonly number[]): readonly [n: number, positions: number, channels: number] {
  const positions = shape.slice(1, -1).reduce((product, side) => product * side, 1);
  return [shape[0], positions, shape[shape.length - 1]];
}
