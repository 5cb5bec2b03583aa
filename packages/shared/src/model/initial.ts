/** Initial parameters and running statistics, from the run's seed alone. */
import { drawNormal, drawUniform } from '../random/draw.ts';
import type { NetworkPlan } from './plan.ts';

/**
 * @param network - 0: discriminator, 1: generator; keeps their draws apart
 * @returns float32 [plan.parameterCount]
 */
export function initialParameters(plan: NetworkPlan, seed: number, network: 0 | 1): Float32Array {
  const all = new Float32Array(plan.parameterCount);
  plan.parameters.forEach((entry, index) => {
    const values = all.subarray(entry.offset, entry.offset + entry.size);
    const address = { seed, purpose: 'initial', phase: network, example: index } as const;
    const { initializer } = entry;
    switch (initializer.kind) {
      case 'constant':
        values.fill(initializer.value);
        break;
      case 'normal':
        drawNormal(address, values);
        for (let i = 0; i < values.length; i++)
          values[i] = initializer.mean + initializer.deviation * values[i];
        break;
      case 'fan-in-normal': {
        const deviation = initializer.gain / Math.sqrt(entry.fanIn);
        drawNormal(address, values);
        for (let i = 0; i < values.length; i++) values[i] *= deviation;
        break;
      }
      case 'fan-in-uniform': {
        const bound = 1 / Math.sqrt(entry.fanIn);
        drawUniform(address, values);
        for (let i = 0; i < values.length; i++) values[i] = bound * (2 * values[i] - 1);
        break;
      }
    }
  });
  return all;
}

/** Mean 0 and variance 1 for each batch-norm layer; float32 [plan.runningLength]. */
export function initialRunning(plan: NetworkPlan): Float32Array {
  const running = new Float32Array(plan.runningLength);
  for (const entry of plan.batchNorms) {
    running.fill(1, entry.offset + entry.channels, entry.offset + 2 * entry.channels);
  }
  return running;
}
