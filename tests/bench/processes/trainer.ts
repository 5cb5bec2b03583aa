/** Trains a configuration to its end, and judges the result. */
import { slicedWasserstein, volume, exampleShape, type RunConfig } from '@gantry/shared';
import { planModel } from '@gantry/shared';
import { createCompute } from '../../../packages/worker/src/compute/backends.ts';
import { createSource } from '../../../packages/worker/src/data/source.ts';
import { serve } from '../harness/serve.ts';
import { trainInProcess } from './loopback.ts';

/** What a run came to. */
export interface Quality {
  /** Points: captured modes, and the share of high-quality samples. */
  readonly modes: number | null;
  readonly highQuality: number | null;
  /**
   * Images: sliced Wasserstein distance between 2,000 generated and 2,000 drawn ones; and that between two sets of drawn
   * ones, which no generator can be expected to beat.
   */
  readonly distance: number | null;
  readonly floor: number | null;
  readonly bytes: { readonly up: number; readonly down: number };
  readonly seconds: number;
}

const images = 2000;
const slices = { projections: 512, seed: 1 };

const commands = {
  /** @param folder - for the run's files; does not exist yet */
  async train(config: RunConfig, folder: string, workers: number): Promise<Quality> {
    const { run, end } = await trainInProcess(config, folder, workers);
    if (end.outcome !== 'complete') throw new TypeError(`The run ended: ${end.outcome}`);
    const { bytes, seconds, metrics } = end.summary;
    const { modes = null, highQuality = null } = metrics;
    const points = exampleShape(config.data).length === 1;
    const judged = points
      ? { distance: null, floor: null }
      : await judgeImages(config, run.trainer.evaluationState());
    return { modes, highQuality, ...judged, bytes, seconds };
  },
};
export type TrainerProcess = typeof commands;

async function judgeImages(
  config: RunConfig,
  state: Parameters<Awaited<ReturnType<typeof createCompute>>['generate']>[0],
): Promise<{ distance: number; floor: number }> {
  const source = createSource(config, null, () => Promise.reject(new TypeError('drawn, not fetched')));
  const compute = await createCompute('wasm', planModel(config), config);
  const made = await compute.generate(state, source.sampleLatents(images), source.sampleLabels(images));
  compute.dispose();
  const size = volume(exampleShape(config.data));
  const drawn = await source.sampleReal(images);
  // Of a step that no run comes to.
  const { examples: others } = await source.real(0x7fffffff, 0, images);
  return {
    distance: slicedWasserstein(made, drawn, size, slices),
    floor: slicedWasserstein(others, drawn, size, slices),
  };
}

serve(commands);
