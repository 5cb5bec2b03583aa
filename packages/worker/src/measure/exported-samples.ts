/** Samples of a generator in the layers of TensorFlow.js, as `gantry export --format tfjs` writes it. */
import type { RunConfig } from '@gantry/shared';
import * as tf from '../compute/tf.ts';
import { drawnInputs } from '../data/source.ts';
import type { Draw } from './samples.ts';

/** model.json, as far as it is used. */
export interface LayersModel {
  readonly modelTopology: object;
  readonly weightsManifest: readonly { readonly weights: readonly object[] }[];
}

/** Samples at a time: activations of some layers take much memory. */
const atOnce = 256;

/**
 * The backend must have started.
 *
 * @param weights - weights.bin
 * @param seed - of the latent vectors: the same as for our own generator
 */
export async function exportedSamples(
  { modelTopology, weightsManifest }: LayersModel,
  weights: Uint8Array,
  config: RunConfig,
  seed: number,
): Promise<Draw> {
  const model = await tf.loadLayersModel(
    tf.io.fromMemory({
      modelTopology,
      weightSpecs: weightsManifest.flatMap((group) => group.weights) as tf.io.WeightsManifestEntry[],
      weightData: weights.slice().buffer,
    }),
  );
  const inputs = drawnInputs({ ...config, seed });
  const draw = (first: number, count: number): Float32Array => {
    const made = tf.tidy(() => {
      const latents = tf.tensor2d(inputs.sampleLatents(count, first), [count, config.model.latent]);
      if (model.inputs.length === 1) return model.predict(latents) as tf.Tensor; // one output by the export
      const labels = tf.tensor2d(inputs.sampleLabels(count, first), [count, 1], 'int32');
      return model.predict([latents, labels]) as tf.Tensor;
    });
    const values = made.dataSync<'float32'>();
    made.dispose();
    return values;
  };
  return (first, count) => {
    const parts: Float32Array[] = [];
    for (let done = 0; done < count; done += atOnce)
      parts.push(draw(first + done, Math.min(atOnce, count - done)));
    const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return Promise.resolve(all);
  };
}
