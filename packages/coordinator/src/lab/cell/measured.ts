/** How good a run's generator is, as its training goes on. */
import { isPlane, mixtures, scoreMixture, type NetworkState, type RunConfig } from '@gantry/shared';
import { drawExamples } from '@gantry/worker/headless/sample';

export type Measures = Readonly<Record<string, number>>;

/** Of a generator's moving average, drawn by the run's own code. @returns measures by name */
export type Measure = (state: NetworkState) => Promise<Measures>;

export interface MeasuredAt {
  /** Iterations done. */
  readonly iteration: number;
  /** Virtual seconds of training. */
  readonly seconds: number;
  /** Bytes of frames, both directions. */
  readonly bytes: number;
  readonly measures: Measures;
}

/** The one that tells most of a run, where a scenario does not say which. */
export const chiefMeasure = (config: RunConfig): string | null =>
  isPlane(config.data) ? 'highQuality' : 'fid';

/** @param samples - generated examples of a measure */
export async function openMeasure(config: RunConfig, samples: number): Promise<Measure> {
  return async (state) => {
    if (!isPlane(config.data)) return {};
    const points = await drawExamples(config, state, samples, config.seed, new Int32Array(0));
    const { modes, highQuality } = scoreMixture(mixtures[config.data.source], points);
    return { modes, highQuality };
  };
}
