/** How good a run's generator is, as its training goes on. */
import { exampleShape, GantryError, volume, type NetworkState, type RunConfig } from '@gantry/shared';
import {
  generatedSamples,
  measureAgainst,
  openFeatures,
  realSamples,
  type Draw,
} from '@gantry/worker/headless/measure';
import { openDrawing } from '@gantry/worker/headless/simulated';
import { TotalVariance } from './variance.ts';

type Stored = Parameters<typeof realSamples>[2];

/** By name, those that the data allows. */
export type Measures = Readonly<Record<string, number>>;

export interface MeasuredAt {
  /** Iterations done. */
  readonly iteration: number;
  /** Virtual seconds of training. */
  readonly seconds: number;
  /** Bytes of frames, both directions. */
  readonly bytes: number;
  readonly measures: Measures;
}

/**
 * Of a generator's moving average.
 *
 * @returns measures by name, as in docs/measures.md, and `varianceRatio`: the samples' variance over the data's; none where
 *   samples are not finite
 */
export type Measure = (state: NetworkState) => Promise<Measures>;

/** All seeds and cells are measured against the same real samples, on the same lines. */
const realSeed = 1_000_003;
/** KID and neighbours of fewer than the usual: a cell is measured often. */
const effort = { subsets: 20, subsetSize: 500, neighbourSamples: 1000 };

/**
 * @param samples - generated, and real, of each measure
 * @throws NO_BACKEND
 */
export async function openMeasure(config: RunConfig, samples: number, stored: Stored): Promise<Measure> {
  const features = await openFeatures(config, stored);
  const drawing = await openDrawing(config);
  const dimensions = volume(exampleShape(config.data));
  const there = new TotalVariance(dimensions);
  const measure = await measureAgainst({
    config,
    features: features?.network ?? null,
    real: watched(realSamples(config, realSeed, stored), there),
    samples,
    seed: realSeed,
    effort,
  });
  return async (state) => {
    const made = new TotalVariance(dimensions);
    const generated = watched(generatedSamples(drawing, config, state, config.seed), made);
    try {
      const { figures } = await measure(generated);
      return { ...figures, varianceRatio: made.value / there.value };
    } catch (error) {
      if (error instanceof GantryError && error.code === 'SAMPLES_NOT_FINITE') return {};
      throw error;
    }
  };
}

/** Samples, looked at as they are drawn. */
const watched =
  (draw: Draw, variance: TotalVariance): Draw =>
  async (first, count) => {
    const part = await draw(first, count);
    variance.add(part);
    return part;
  };
