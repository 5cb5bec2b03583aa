/**
 * Batch normalisation: y = γ·x̂ + β with x̂ = (x − μ)·invstd and invstd = 1/√(M2/n + ε)
 * (S. Ioffe, C. Szegedy, "Batch normalization", ICML 2015).
 *
 * Backward, with S1 = Σ dy and S2 = Σ dy·(x − μ): dx = γ·invstd·(dy − S1/n − (x − μ)·invstd²·S2/n),
 * dγ = invstd·S2, dβ = S1. Everything a later exchange of statistics needs is in those sums.
 */
import type { BatchNormEntry } from '@gantry/shared';
import { batchNormBackward, batchNormForward } from '../kernels/batch-norm.ts';
import * as tf from '../tf.ts';
import type { Layer, Pass } from './layer.ts';
import { parameterOf } from './parameter.ts';

export function batchNorm(entry: BatchNormEntry, epsilon: number): Layer {
  const gammaName = `${entry.name}/gamma`;
  const betaName = `${entry.name}/beta`;
  const { channels, offset } = entry;

  const byRunning = (input: tf.Tensor, pass: Pass, running: Float32Array): tf.Tensor => {
    const scale = new Float32Array(channels);
    for (let c = 0; c < channels; c++) scale[c] = 1 / Math.sqrt(running[offset + channels + c] + epsilon);
    const mean = tf.tensor1d(running.slice(offset, offset + channels));
    const gamma = tf.mul(parameterOf(pass.parameters, gammaName), tf.tensor1d(scale));
    return tf.add(tf.mul(tf.sub(input, mean), gamma), parameterOf(pass.parameters, betaName));
  };

  return {
    forward: (input, pass) => {
      if (pass.running !== null) return { output: byRunning(input, pass, pass.running), saved: [] };
      const n = input.size / channels / pass.groups;
      const x = tf.reshape(input, [pass.groups, n, channels]);
      const gamma = parameterOf(pass.parameters, gammaName);
      const beta = parameterOf(pass.parameters, betaName);
      const { y, mean, m2 } = batchNormForward(x, gamma, beta, epsilon);
      return { output: tf.reshape(y, input.shape), saved: [x, mean, m2], moments: { mean, m2, n } };
    },
    backward: (dOutput, [x, mean, m2], pass, wanted) => {
      const gamma = parameterOf(pass.parameters, gammaName);
      const dy = tf.reshape(dOutput, x.shape);
      const { dx, dGamma, dBeta } = batchNormBackward(dy, x, mean, m2, gamma, epsilon);
      return {
        input: tf.reshape(dx, dOutput.shape),
        parameters: wanted.parameters
          ? [
              [gammaName, dGamma],
              [betaName, dBeta],
            ]
          : [],
      };
    },
  };
}
