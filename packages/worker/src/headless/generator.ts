/** A generator in this process, on wasm, ready to draw. */
import { planModel, type NetworkState, type RunConfig } from '@gantry/shared';
import type { LayersModel } from '../measure/exported-samples.ts';
import { generatedSamples, type Draw } from '../measure/samples.ts';

/** As it comes: our own, or in the layers of TensorFlow.js. */
export type AnyGenerator =
  | { readonly kind: 'state'; readonly state: NetworkState }
  | { readonly kind: 'tfjs'; readonly model: LayersModel; readonly weights: Uint8Array };

/**
 * @param seed - of the latent vectors
 * @throws NO_BACKEND
 */
export async function openGenerator(config: RunConfig, generator: AnyGenerator, seed: number): Promise<Draw> {
  // Not before it is needed: TensorFlow.js takes a second to load.
  const { createCompute } = await import('../compute/backends.ts');
  const compute = await createCompute('wasm', planModel(config), config);
  if (generator.kind === 'state') return generatedSamples(compute, config, generator.state, seed);
  const { exportedSamples } = await import('../measure/exported-samples.ts');
  return exportedSamples(generator.model, generator.weights, config, seed);
}
