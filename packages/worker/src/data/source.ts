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
import type { ExampleSource, RealExamples, RunSource } from '../compute/types.ts';
import type { FetchChunk } from './chunks.ts';
import { drawnData } from './drawn-source.ts';
import { storedData } from './stored-source.ts';

/**
 * @param manifest - of the stored data; null where examples are drawn
 * @param fetchChunk - gives the bytes of chunk i: uint8 images, then labels if there are any
 * @throws INTERNAL for stored data without a manifest
 */
export function createSource(
  config: RunConfig,
  manifest: DataManifest | null,
  fetchChunk: FetchChunk,
): RunSource {
  const { seed, data } = config;
  return {
    ...(data.source === 'idx' || data.source === 'images'
      ? stored(config, manifest, fetchChunk)
      : drawn(seed, data)),
    ...drawnInputs(config),
  };
}

/** Where stored data is read. */
export interface StoredExamples {
  readonly manifest: DataManifest;
  /** As for `createSource`. */
  readonly fetchChunk: FetchChunk;
}

/** @param examples - null where they are drawn */
export const sourceOf = (config: RunConfig, examples: StoredExamples | null): RunSource =>
  createSource(
    config,
    examples?.manifest ?? null,
    examples?.fetchChunk ?? (() => Promise.reject(gantryError('INTERNAL', 'drawn examples are not fetched'))),
  );

/** All that is drawn whatever the data is. */
export function drawnInputs(config: RunConfig): Omit<RunSource, 'real' | 'sampleReal'> {
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

type RealSource = Pick<ExampleSource, 'real' | 'sampleReal'>;

function drawn(seed: number, data: Parameters<typeof drawnData>[0]): RealSource {
  const { length, draw, classOf } = drawnData(data);
  const batch = (
    purpose: 'example' | 'sampleExample',
    step: number,
    first: number,
    count: number,
  ): RealExamples => {
    const examples = new Float32Array(count * length);
    const labels = new Int32Array(classOf === null ? 0 : count);
    for (let i = 0; i < count; i++) {
      const address = { seed, purpose, step, example: first + i };
      draw(address, examples.subarray(i * length, (i + 1) * length));
      if (classOf !== null) labels[i] = classOf(address);
    }
    return { examples, labels };
  };
  return {
    real: (step, first, count) => Promise.resolve(batch('example', step, first, count)),
    sampleReal: (count, first = 0) => Promise.resolve(batch('sampleExample', 0, first, count).examples),
  };
}

function stored(config: RunConfig, manifest: DataManifest | null, fetchChunk: FetchChunk): RealSource {
  if (manifest === null) {
    throw gantryError('INTERNAL', `data "${config.data.source}" came without its manifest`);
  }
  const training = storedData(config, manifest, fetchChunk);
  // Its own order and chunks: those of the first epoch, which training leaves behind.
  const samples = storedData(config, manifest, fetchChunk);
  const global = examplesPerStep(config);
  return {
    real: async (step, first, count) => {
      const examples = await training.read(step * global + first, count);
      training.prefetch((step + 1) * global + first);
      return examples;
    },
    sampleReal: async (count, first = 0) => (await samples.read(first, count)).examples,
  };
}
