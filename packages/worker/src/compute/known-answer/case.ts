/**
 * The known-answer case: one microbatch of a GAN small enough to check in milliseconds that uses every operation
 * of training: convolutions both ways, batch norm, leaky relu, tanh, dense, reshape. Channel counts are odd on
 * purpose, since GPU backends pack channels in fours. scripts/known-answer/generate.py makes the same inputs.
 */
import {
  drawNormal,
  initialRunning,
  phaseNumber,
  parseConfig,
  planModel,
  presets,
  type Address,
  type NetworkState,
  type PhaseName,
  type RunConfig,
} from '@gantry/shared';
import type { ExampleSource } from '../types.ts';

const examples = 4;

export const knownConfig: RunConfig = parseConfig({
  ...presets.digits,
  data: { source: 'images', path: 'known-answer', height: 16, width: 16, channels: 1, classes: 0 },
  model: { architecture: 'dcgan', latent: 5, width: 3, discriminatorBatchNorm: true },
  loss: presets.digits.loss,
  batch: { global: examples, microbatch: examples, block: 1 },
});
export const knownModel = planModel(knownConfig);

const normal = (
  address: Omit<Address, 'seed' | 'purpose'>,
  out: Float32Array<ArrayBuffer>,
): Float32Array<ArrayBuffer> => {
  drawNormal({ seed: 0, purpose: 'knownAnswer', ...address }, out);
  return out;
};

export function knownState(network: PhaseName): NetworkState {
  const plan = knownModel[network];
  const parameters = new Float32Array(plan.parameterCount);
  plan.parameters.forEach(({ name, offset, size }, example) => {
    const values = normal(
      { phase: phaseNumber[network], example },
      parameters.subarray(offset, offset + size),
    );
    const scale = name.endsWith('/kernel') ? 0.2 : 0.1;
    const around = name.endsWith('/gamma') ? 1 : 0;
    for (let i = 0; i < size; i++) values[i] = around + scale * values[i];
  });
  return { parameters, running: new Float32Array(initialRunning(plan)) };
}

const unlabelled = new Int32Array(0);
const real = (): Float32Array<ArrayBuffer> =>
  normal({ layer: 1 }, new Float32Array(examples * 16 * 16)).map((z) => Math.max(-1, Math.min(1, 0.5 * z)));

/** Real examples are normal deviates, halved and cut to [−1, 1]. */
export const knownSource: ExampleSource = {
  real: () => Promise.resolve({ examples: real(), labels: unlabelled }),
  weight: () => Promise.resolve(1),
  labels: () => unlabelled,
  mix: (_step, _first, count) => new Float32Array(count).fill(0.5),
  latents: (phase) => normal({ layer: 2, phase: phaseNumber[phase] }, new Float32Array(examples * 5)),
  sampleLatents: (count) => normal({ layer: 3 }, new Float32Array(count * 5)),
  sampleLabels: () => unlabelled,
  sampleReal: () => Promise.resolve(real()),
};
