/** Drawing examples with a generator in this process, on wasm: what `gantry sample` shows. */
import { planModel, type NetworkState, type RunConfig } from '@gantry/shared';
import { createCompute } from '../compute/backends.ts';
import { createSource, sampleLatents } from '../data/source.ts';

/**
 * @param state - the generator to draw with, its moving average
 * @param seed - of the latent vectors; the run's own gives those of its sample sheets
 * @param labels - classes, [count]; empty for a generator that does not ask
 * @returns float32 [count, ...example shape]
 * @throws NO_BACKEND
 */
export async function drawExamples(
  config: RunConfig,
  state: NetworkState,
  count: number,
  seed: number,
  labels: Int32Array,
): Promise<Float32Array<ArrayBuffer>> {
  const compute = await createCompute('wasm', planModel(config), config);
  try {
    return await compute.generate(state, sampleLatents({ ...config, seed }, count), labels);
  } finally {
    compute.dispose();
  }
}

/** Real points to show beside generated ones. @returns float32 [count, 2] */
export const drawReal = (config: RunConfig, count: number): Promise<Float32Array<ArrayBuffer>> =>
  createSource(config, null, () => Promise.reject(new TypeError('points are drawn, not fetched'))).sampleReal(
    count,
  );
