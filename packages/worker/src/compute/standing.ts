/**
 * Standing statistics: batch norm's, accumulated afresh for parameters that running statistics do not fit well, such as
 * a moving average's. Source: A. Brock, J. Donahue, K. Simonyan, "Large scale GAN training for high fidelity natural
 * image synthesis" (BigGAN), ICLR 2019. Each pass is one in training mode, normalised by its own batch's
 * moments; what all passes saw is merged exactly.
 */
import { emptyMoments, mergeMoments, type NetworkPlan } from '@gantry/shared';
import { macrotask } from './macrotask.ts';
import { forward, through, type Network } from './network.ts';
import { rowNoise } from './noise.ts';
import { readBack } from './read-back.ts';
import { scoped } from './scoped.ts';
import * as tf from './tf.ts';
import type { StandingSource } from './types.ts';

export interface StandingTask {
  readonly plan: NetworkPlan;
  readonly network: Network;
  readonly parameters: ReadonlyMap<string, tf.Tensor>;
  /** Of layers that do not train: they keep them. float32 [runningLength] */
  readonly running: Float32Array;
  readonly passes: number;
  /** Examples a pass. */
  readonly examples: number;
  readonly seed: number;
  readonly source: StandingSource;
  /** Onto the device, as networks take them; null for those that do not ask. */
  oneHot(labels: Int32Array): tf.Tensor | null;
}

/** @returns statistics of the layers that train, with the unbiased variance; float32 [runningLength] */
export async function standingStatistics(task: StandingTask): Promise<Float32Array<ArrayBuffer>> {
  const { plan, network, parameters, running, passes, examples, seed, source } = task;
  const standing = new Float32Array(running);
  const batchNorms = plan.batchNorms.filter(({ trainable }) => trainable);
  if (batchNorms.length === 0) return standing;
  const all = batchNorms.map(({ channels }) => emptyMoments(channels));
  const rows = Array.from({ length: examples }, (_, i) => i);
  for (let index = 0; index < passes; index++) {
    const { latents, labels } = source.standing(index, examples);
    const moments = scoped(() => {
      const pass = {
        parameters,
        groups: 1,
        training: true,
        running,
        labels: task.oneHot(labels),
        noise: rowNoise({ seed, phase: 'generator', step: index }, rows, ['standing']),
        pooled: null,
      };
      return through(forward(network, tf.tensor(latents, [examples, ...plan.input]), pass)).moments;
    });
    const tensors = moments.flatMap(({ mean, m2 }) => [mean, m2]);
    // One pass after another, to bound memory.
    // oxlint-disable-next-line no-await-in-loop
    await readBack(tensors, (values) => {
      moments.forEach(({ n }, layer) =>
        mergeMoments(all[layer], n, values[2 * layer], values[2 * layer + 1]),
      );
    });
    tf.dispose(tensors);
    // oxlint-disable-next-line no-await-in-loop
    await macrotask();
  }
  batchNorms.forEach(({ offset, channels }, layer) => {
    const { n, mean, m2 } = all[layer];
    standing.set(mean, offset);
    standing.set(
      m2.map((sum) => sum / Math.max(1, n - 1)),
      offset + channels,
    );
  });
  return standing;
}
