/** A generator as files that `tf.loadLayersModel` opens: model.json and weights.bin. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunConfig } from '@gantry/shared';
import { factsOf, type ExportedGenerator } from './generator.ts';
import type { KerasWeight } from './keras.ts';
import { kerasModel } from './topology.ts';

/** Name → content. */
export type ExportedFiles = ReadonlyMap<string, Uint8Array | string>;

/** @throws EXPORT_LAYER */
export function tfjsFiles(generator: ExportedGenerator): ExportedFiles {
  const { plan, state, config } = generator;
  const { topology, weights } = kerasModel(plan, state, config.batchNorm.epsilon);
  const model = {
    format: 'layers-model',
    generatedBy: 'Gantry',
    convertedBy: null,
    modelTopology: topology,
    weightsManifest: [
      {
        paths: ['weights.bin'],
        weights: weights.map(({ name, shape }) => ({ name, shape, dtype: 'float32' })),
      },
    ],
    userDefinedMetadata: { ...factsOf(generator), config: publicConfig(config) },
  };
  return new Map<string, Uint8Array | string>([
    ['model.json', `${JSON.stringify(model, null, 1)}\n`],
    ['weights.bin', joined(weights)],
  ]);
}

/** Of this machine's paths only their last part: the files are made to be shown to others. */
function publicConfig(config: RunConfig): RunConfig {
  const { data, from } = config;
  return {
    ...config,
    data: 'path' in data ? { ...data, path: basename(data.path) } : data,
    from: from && { ...from, path: basename(from.path) },
  };
}

/**
 * The page that samples from it, to lie beside it: with TensorFlow.js, so that nothing is loaded from elsewhere.
 *
 * @param built - directory of the built example
 */
export async function exampleFiles(built: string): Promise<ExportedFiles> {
  const names = (await readdir(built)).filter((name) => /^[^.].*\.(?:html|js|css)$/.test(name));
  const paths = [
    ...names.map((name) => [name, join(built, name)] as const),
    ['tf.min.js', fileURLToPath(import.meta.resolve('@tensorflow/tfjs/dist/tf.min.js'))] as const,
  ];
  return new Map(await Promise.all(paths.map(async ([name, path]) => [name, await readFile(path)] as const)));
}

/** One after the other, little-endian as on every platform with WebAssembly. */
function joined(weights: readonly KerasWeight[]): Uint8Array {
  const all = new Float32Array(weights.reduce((sum, { data }) => sum + data.length, 0));
  let at = 0;
  for (const { data } of weights) {
    all.set(data, at);
    at += data.length;
  }
  return new Uint8Array(all.buffer);
}
