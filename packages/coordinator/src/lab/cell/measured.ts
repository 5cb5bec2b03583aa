/** How good a run's generator is, as its training goes on. */
import { isPlane, type NetworkState, type RunConfig } from '@gantry/shared';
import type { MeasureName } from '@gantry/shared/measures';
import { generatedSamples, measureAgainst, openFeatures, realSamples } from '@gantry/worker/headless/measure';
import { openDrawing } from '@gantry/worker/headless/simulated';

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

/** Of a generator's moving average. @returns measures by name */
export type Measure = (state: NetworkState) => Promise<Measures>;

/** The one that tells most of a run, where a scenario does not say which. */
export const chiefMeasure = ({ data }: RunConfig, stored: Stored): MeasureName => {
  if (isPlane(data)) return 'highQuality';
  return data.source === 'digits' || (stored?.manifest.classes.length ?? 0) > 0 ? 'fid' : 'slicedWasserstein';
};

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
  const measure = await measureAgainst({
    config,
    features: features?.network ?? null,
    real: realSamples(config, realSeed, stored),
    samples,
    seed: realSeed,
    effort,
  });
  return async (state) => {
    const generated = generatedSamples(drawing, config, state, config.seed);
    return { ...(await measure(generated)).figures };
  };
}
