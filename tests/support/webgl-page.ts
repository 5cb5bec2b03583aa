/** Runs in a browser: computes golden cases on WebGL. `serve-page.ts` bundles and serves it, beside the golden files. */
import { phaseNames, readSafetensors } from '@gantry/shared';
import { createCompute } from '../../packages/worker/src/compute/backends.ts';
import { golden, goldenConfigs, goldenTrainer, stepAlone, type FoundStep } from './golden.ts';

declare global {
  /** Both steps of a case, as the coordinator would have them. */
  var computeGolden: (name: keyof typeof goldenConfigs, microbatch: number) => Promise<FoundStep[]>;
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
