/** How long the run's own microbatches take on a backend. */
import {
  drawNormal,
  initialParameters,
  initialRunning,
  phaseNames,
  phaseNumber,
  volume,
  type ModelPlan,
  type RunConfig,
} from '@gantry/shared';
import { exchangeAlone } from './lock-step.ts';
import type { Compute, ExampleSource } from './types.ts';

/** What is timed: single microbatches, whatever a lease would hold. */
export const timingConfig = (config: RunConfig): RunConfig => ({
  ...config,
  batch: { ...config.batch, block: 1 },
  batchNorm: { ...config.batchNorm, statistics: 'microbatch' },
});

/**
 * One discriminator and one generator microbatch, after one of each to warm up (shaders compile, memory grows).
 *
 * @param compute - made for `model` and `timingConfig(config)`
 * @returns milliseconds of both together
 */
export async function timeMicrobatches(compute: Compute, model: ModelPlan): Promise<number> {
  for (const network of phaseNames) {
    const plan = model[network];
    compute.load(network, {
      parameters: new Float32Array(initialParameters(plan, 0, phaseNumber[network] === 0 ? 0 : 1)),
      running: new Float32Array(initialRunning(plan)),
    });
  }
  const source = noise(model);
  const both = async (): Promise<void> => {
    for (const phase of phaseNames) {
      const payload = new Uint8Array(compute.payloadBytes(phase, 1));
      // Timed one after another.
      // oxlint-disable-next-line no-await-in-loop
      await compute.update(
        { phase, step: 0, blocks: [0] },
        source,
        payload,
        () => false,
        exchangeAlone([], 0),
      );
    }
  };
  await both();
  const begin = performance.now();
  await both();
  return performance.now() - begin;
}

/** Examples of the right shape, made at once: fetching and drawing are not what is timed. */
function noise(model: ModelPlan): ExampleSource {
  const example = volume(model.discriminator.input);
  const latent = volume(model.generator.input);
  const normal = (length: number): Float32Array<ArrayBuffer> => {
    const out = new Float32Array(length);
    drawNormal({ seed: 0, purpose: 'knownAnswer', layer: 4 }, out);
    return out;
  };
  const labels = (count: number): Int32Array => new Int32Array(count);
  return {
    real: (_step, _first, count) =>
      Promise.resolve({ examples: normal(count * example), labels: labels(count) }),
    weight: () => Promise.resolve(1),
    labels: (_phase, _step, _first, count) => labels(count),
    mix: (_step, _first, count) => new Float32Array(count).fill(0.5),
    sampleLabels: labels,
    latents: (_phase, _step, _first, count) => normal(count * latent),
    sampleLatents: (count) => normal(count * latent),
    sampleReal: (count) => Promise.resolve(normal(count * example)),
  };
}
