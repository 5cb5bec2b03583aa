/** Where microbatches get their inputs: a pure function of the configuration and the place in the run. */
import {
  boundedInteger,
  classesOf,
  drawNormal,
  drawUniform,
  examplesPerStep,
  randomWords,
  gantryError,
  phaseNumber,
  type DataManifest,
  type RunConfig,
} from '@gantry/shared';
import type { ExampleSource, RunSource } from '../compute/types.ts';
import type { FetchChunk } from './chunks.ts';
import { drawAll, drawnData, type Drawn, type DrawnData } from './drawn-source.ts';
import { dividedStore, drawnShares, type Divided, type FetchLabels } from './split-source.ts';
import { storedData, type StoredData } from './stored-source.ts';

type RealSource = Pick<ExampleSource, 'real' | 'sampleReal' | 'weight'>;

/**
 * @param manifest - of the stored data; null where examples are drawn
 * @param fetchChunk - gives the bytes of chunk i: uint8 images, then labels if there are any
 * @param fetchLabels - gives the labels of all examples, uint16: where a split divides stored data by them
 * @throws INTERNAL for stored data without a manifest; CONFIG_FIELD_INVALID where the split cannot be
 */
export function createSource(
  config: RunConfig,
  manifest: DataManifest | null,
  fetchChunk: FetchChunk,
  fetchLabels: FetchLabels = noLabels,
): RunSource {
  const { data } = config;
  return {
    ...(data.source === 'idx' || data.source === 'images'
      ? stored(config, manifest, fetchChunk, fetchLabels)
      : drawn(config, data)),
    ...drawnInputs(config),
  };
}

/** All that is drawn whatever the data is. */
export function drawnInputs(config: RunConfig): Omit<RunSource, keyof RealSource> {
  const { seed, data } = config;
  return {
    latents: (phase, step, first, count) =>
      drawLatents(config, { purpose: 'latent', phase: phaseNumber[phase], step }, first, count),
    labels: (phase, step, first, count) =>
      drawnLabels(config, { purpose: 'label', phase: phaseNumber[phase], step }, first, count),
    mix(step, first, count) {
      const out = new Float32Array(count);
      for (let i = 0; i < count; i++) {
        drawUniform({ seed, purpose: 'mix', step, example: first + i }, out.subarray(i, i + 1));
      }
      return out;
    },
    sampleLabels: (count, first = 0) => {
      const classes = classesOf(data);
      return Int32Array.from({ length: classes === 0 ? 0 : count }, (_, i) => (first + i) % classes);
    },
    standing: (pass, count) => ({
      latents: drawLatents(config, { purpose: 'standing', phase: 0, step: pass }, 0, count),
      labels: drawnLabels(config, { purpose: 'standing', layer: 1, step: pass }, 0, count),
    }),
    sampleLatents: (count, first) => sampleLatents(config, count, first),
  };
}

type Seeded = Pick<RunConfig, 'seed' | 'model'>;

function drawLatents(
  { seed, model }: Seeded,
  address: { purpose: 'latent' | 'sampleLatent' | 'standing'; phase: number; step: number },
  first: number,
  count: number,
): Float32Array<ArrayBuffer> {
  const out = new Float32Array(count * model.latent);
  for (let i = 0; i < count; i++) {
    const row = out.subarray(i * model.latent, (i + 1) * model.latent);
    drawNormal({ seed, ...address, example: first + i }, row);
  }
  return out;
}

/** The latents of a sample sheet. @returns float32 [count, latent] */
export const sampleLatents = (config: Seeded, count: number, first = 0): Float32Array<ArrayBuffer> =>
  drawLatents(config, { purpose: 'sampleLatent', phase: 0, step: 0 }, first, count);

/** Each class is as likely as any other. */
function drawnLabels(
  { seed, data }: RunConfig,
  address: { readonly purpose: 'label' | 'standing'; phase?: number; layer?: number; readonly step: number },
  first: number,
  count: number,
): Int32Array {
  const classes = classesOf(data);
  const word = new Uint32Array(1);
  return Int32Array.from({ length: classes === 0 ? 0 : count }, (_, i) => {
    randomWords({ seed, ...address, example: first + i }, word);
    return boundedInteger(word[0], classes);
  });
}

const noLabels: FetchLabels = () => Promise.reject(new TypeError('nobody gave it labels'));

function drawn(config: RunConfig, data: Drawn): RealSource {
  const { seed, split } = config;
  const drawing = drawnData(data);
  return {
    ...(split.kind === 'identical' ? undivided(drawing, seed) : drawnShares(config, split, data)),
    sampleReal: (count) =>
      Promise.resolve(
        drawAll(drawing, count, (i) => ({ seed, purpose: 'sampleExample', step: 0, example: i })).examples,
      ),
  };
}

const undivided = (drawing: DrawnData, seed: number): Divided => ({
  real: (step, first, count) =>
    Promise.resolve(drawAll(drawing, count, (i) => ({ seed, purpose: 'example', step, example: first + i }))),
  weight: () => Promise.resolve(1),
});

function stored(
  config: RunConfig,
  manifest: DataManifest | null,
  fetchChunk: FetchChunk,
  fetchLabels: FetchLabels,
): RealSource {
  if (manifest === null) {
    throw gantryError('INTERNAL', `data "${config.data.source}" came without its manifest`);
  }
  const { split } = config;
  // Its own order and chunks: those of the first epoch, which training leaves behind.
  const samples = storedData(config, manifest, fetchChunk);
  return {
    ...(split.kind === 'identical'
      ? inOrder(storedData(config, manifest, fetchChunk), examplesPerStep(config))
      : dividedStore(config, split, manifest, fetchChunk, fetchLabels)),
    sampleReal: async (count) => (await samples.read(0, count)).examples,
  };
}

const inOrder = (training: StoredData, global: number): Divided => ({
  real: async (step, first, count) => {
    const examples = await training.read(step * global + first, count);
    training.prefetch((step + 1) * global + first);
    return examples;
  },
  weight: () => Promise.resolve(1),
});
