/** What the rows of single steps compute: DCGAN for 32x32x1, width 32, one microbatch of 32 examples. */
import {
  drawNormal,
  initialParameters,
  initialRunning,
  parseConfig,
  phaseNumber,
  presets,
} from '@gantry/shared';
import type { ModelPlan, NetworkState, PhaseName, RunConfig } from '@gantry/shared';
import type { ExampleSource } from '../../packages/worker/src/compute/types.ts';

export const examples = 32;

export const dcgan32 = (): RunConfig =>
  parseConfig({
    ...presets.digits,
    preset: 'bench',
    data: { source: 'images', path: '-', height: 32, width: 32, channels: 1 },
    batch: { global: examples, microbatch: examples, block: 1 },
    // What a look at saturated activations costs comes with every tenth step, and is no part of a plain one.
    diagnostics: { every: 0 },
  });

export const initialState = (model: ModelPlan, network: PhaseName): NetworkState => ({
  parameters: new Float32Array(initialParameters(model[network], 1, phaseNumber[network])),
  running: new Float32Array(initialRunning(model[network])),
});

/** The same examples in every step, made beforehand: drawing them is not what is measured. */
export function fixedExamples(config: RunConfig): ExampleSource {
  const normal = (length: number, layer: number): Float32Array<ArrayBuffer> => {
    const out = new Float32Array(length);
    drawNormal({ seed: 1, purpose: 'example', layer }, out);
    return out;
  };
  const real = normal(examples * 32 * 32, 1).map((value) => Math.max(-1, Math.min(1, value)));
  const latents = normal(examples * config.model.latent, 5);
  const noLabels = new Int32Array(0);
  return {
    real: () => Promise.resolve({ examples: real, labels: noLabels }),
    weight: () => Promise.resolve(1),
    latents: () => latents,
    labels: () => noLabels,
    mix: (_step, _first, count) => new Float32Array(count),
    sampleLabels: () => noLabels,
    sampleLatents: () => latents,
    sampleReal: () => Promise.resolve(real),
  };
}
