/** Runs in a browser: computes golden cases on WebGL. `serve-page.ts` bundles and serves it, beside the golden files. */
import { phaseNames, readSafetensors } from '@gantry/shared';
import { createCompute } from '../../packages/worker/src/compute/backends.ts';
import {
  knownAnswerError,
  knownConfig,
  knownModel,
  knownState,
} from '../../packages/worker/src/compute/known-answer/error.ts';
import { sampleLatents } from '../../packages/worker/src/data/source.ts';
import { golden, goldenConfigs, goldenTrainer, stepAlone, type FoundStep } from './golden.ts';

declare global {
  /** Both steps of a case, as the coordinator would have them. */
  var computeGolden: (name: keyof typeof goldenConfigs, microbatch: number) => Promise<FoundStep[]>;
  /** How far this machine's WebGL is from the known answer, and images that it draws, in [−1, 1]. */
  var drawOnWebgl: () => Promise<{ readonly error: number; readonly drawn: number[] }>;
}

globalThis.computeGolden = async (name, microbatch) => {
  const response = await fetch(`/golden/${name}.safetensors`);
  const file = readSafetensors(new Uint8Array(await response.arrayBuffer()));
  const given = golden(file, goldenConfigs[name](microbatch));
  const compute = await createCompute('webgl', given.model, given.config);
  const trainer = goldenTrainer(given);
  const found: FoundStep[] = [];
  for (const phase of phaseNames) {
    // oxlint-disable-next-line no-await-in-loop -- one backend, one step at a time
    found.push(await stepAlone(compute, trainer, given, phase, 0));
  }
  compute.dispose();
  return found;
};

globalThis.drawOnWebgl = async () => {
  const compute = await createCompute('webgl', knownModel, knownConfig);
  const error = await knownAnswerError(compute);
  const latents = sampleLatents(knownConfig, 8);
  const drawn = await compute.generate(knownState('generator'), latents, new Int32Array(0));
  compute.dispose();
  return { error, drawn: [...drawn] };
};
