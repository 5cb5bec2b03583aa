/** Where the samples come from that are measured: drawn part by part, so that thousands of images need little memory. */
import type { NetworkState, RunConfig } from '@gantry/shared';
import type { Compute } from '../compute/types.ts';
import { allExamples, type StoredExamples } from '../data/all-examples.ts';
import { drawnInputs } from '../data/source.ts';

/**
 * Samples `first … first + count − 1` of a set: the same for the same numbers. @returns float32 [count, ...example
 * shape]; images in [-1, 1]
 */
export type Draw = (first: number, count: number) => Promise<Float32Array<ArrayBuffer>>;

/** Samples at a time. */
const atOnce = 1024;

/** Goes through `samples` of them, in order. */
export async function eachPart(
  draw: Draw,
  samples: number,
  use: (part: Float32Array<ArrayBuffer>) => void | Promise<void>,
): Promise<void> {
  for (let first = 0; first < samples; first += atOnce) {
    // One part after another, to bound memory.
    // oxlint-disable-next-line no-await-in-loop
    await use(await draw(first, Math.min(atOnce, samples - first)));
  }
}

/**
 * Real samples of the configured data: of drawn data without end, of stored data in an order of its own, in which each
 * comes once before any comes again, and whose every part is a fair sample of all.
 *
 * @param seed - of what is drawn, or of the order
 */
export function realSamples(config: RunConfig, seed: number, stored: StoredExamples | null): Draw {
  const all = allExamples(config, seed, stored, 'sampleExample');
  return async (first, count) => (await all.read(first, count)).examples;
}

/**
 * What a generator makes, as in sample sheets: with the statistics of batch norm that the configuration says, and where
 * it is told classes, each in turn.
 *
 * @param compute - of the configuration
 * @param state - the generator, mostly its moving average
 * @param seed - of the latent vectors
 */
export function generatedSamples(
  compute: Pick<Compute, 'generate'>,
  config: RunConfig,
  state: NetworkState,
  seed: number,
): Draw {
  const inputs = drawnInputs({ ...config, seed });
  const standing = config.evaluation.statistics === 'standing' ? drawnInputs(config) : undefined;
  return (first, count) =>
    compute.generate(state, inputs.sampleLatents(count, first), inputs.sampleLabels(count, first), standing);
}
