/**
 * Batch normalisation (S. Ioffe, C. Szegedy, "Batch normalization", ICML 2015): in training by the moments of the batch,
 * each group its own, or by merged ones where statistics are exchanged; in evaluation, and always where the layer does
 * not train, by running statistics.
 */
import type { BatchNormEntry } from '@gantry/shared';
import {
  momentsOf,
  normalise,
  normaliseInput,
  normaliseParameters,
  normaliseSecond,
  normaliseSums,
  ofPair,
  type NormalisedBy,
} from '../kernels/normalise.ts';
import * as tf from '../tf.ts';
import type { CutLayer, Derivatives, Forward, Layer, Pass, Wanted } from './layer.ts';
import { parameterOf } from './parameter.ts';

export function batchNorm(entry: BatchNormEntry, epsilon: number): Layer {
  const gammaName = `${entry.name}/gamma`;
  const betaName = `${entry.name}/beta`;
  const { channels, offset, positions, trainable } = entry;
  const gammaOf = (pass: Pass): tf.Tensor => parameterOf(pass.parameters, gammaName);
  const betaOf = (pass: Pass): tf.Tensor => parameterOf(pass.parameters, betaName);
  const byBatch = (pass: Pass): boolean => pass.training && trainable;

  const grouped = (t: tf.Tensor, { groups }: Pass): tf.Tensor =>
    tf.reshape(t, [groups, t.size / channels / groups, channels]);
  const by = (x: tf.Tensor, moments: tf.Tensor, pass: Pass): NormalisedBy => ({
    moments,
    n: pass.pooled === null ? x.size / channels / pass.groups : pass.pooled * positions,
    epsilon,
  });
  /** γ/√(running variance + ε), which is what running statistics scale by. */
  const runningScale = (pass: Pass): tf.Tensor => {
    const variance = pass.running.subarray(offset + channels, offset + 2 * channels);
    return tf.mul(gammaOf(pass), tf.tensor1d(variance.map((v) => 1 / Math.sqrt(v + epsilon))));
  };

  const cut: CutLayer = {
    moments: (input, pass) => momentsOf(grouped(input, pass)),
    forward: (input, merged, own, pass): Forward => {
      const x = grouped(input, pass);
      const y = normalise(x, by(x, merged, pass), gammaOf(pass), betaOf(pass));
      const moments = {
        mean: tf.reshape(ofPair(own, 0), [pass.groups, channels]),
        m2: tf.reshape(ofPair(own, 1), [pass.groups, channels]),
        n: x.size / channels / pass.groups,
      };
      return { output: tf.reshape(y, input.shape), saved: [x, merged], moments };
    },
    sums: (dOutput, [x, merged], pass) => normaliseSums(grouped(dOutput, pass), x, merged),
    backward: (dOutput, [x, moments], merged, own, pass, wanted) => {
      const statistics = by(x, moments, pass);
      // γ and β get what these examples give; others give theirs.
      const parameters = wanted.parameters ? normaliseParameters(statistics, own) : null;
      const input =
        merged === null ? null : normaliseInput(grouped(dOutput, pass), x, statistics, merged, gammaOf(pass));
      return {
        input: input && tf.reshape(input, dOutput.shape),
        parameters: parameters
          ? [
              [gammaName, parameters.gamma],
              [betaName, parameters.beta],
            ]
          : [],
      };
    },
  };

  return {
    cut,
    forward: (input, pass) => {
      if (byBatch(pass)) {
        const own = cut.moments(input, pass);
        return cut.forward(input, own, own, pass);
      }
      const mean = tf.tensor1d(pass.running.slice(offset, offset + channels));
      return { output: tf.add(tf.mul(tf.sub(input, mean), runningScale(pass)), betaOf(pass)), saved: [] };
    },
    backward: (dOutput, saved, pass, wanted): Derivatives<tf.Tensor> => {
      if (!byBatch(pass)) {
        return { input: wanted.input ? tf.mul(dOutput, runningScale(pass)) : null, parameters: [] };
      }
      const own = cut.sums(dOutput, saved, pass);
      return cut.backward(dOutput, saved, wanted.input ? own : null, own, pass, wanted);
    },
    tangent: (direction, saved, pass) => {
      if (!byBatch(pass)) return tf.mul(direction, runningScale(pass));
      const [x, moments] = saved;
      // The Jacobian is symmetric but for γ, which is the same either way.
      const v = grouped(direction, pass);
      const sums = normaliseSums(v, x, moments);
      return tf.reshape(normaliseInput(v, x, by(x, moments, pass), sums, gammaOf(pass)), direction.shape);
    },
    tangentBackward: (dOutput, direction, saved, pass, wanted: Wanted) => {
      if (!byBatch(pass)) return { input: null, parameters: [] };
      const [x, moments] = saved;
      const second = normaliseSecond(
        grouped(dOutput, pass),
        grouped(direction, pass),
        x,
        by(x, moments, pass),
        gammaOf(pass),
      );
      return {
        input: wanted.input ? tf.reshape(second.input, dOutput.shape) : null,
        parameters: wanted.parameters ? [[gammaName, second.gamma]] : [],
      };
    },
  };
}
