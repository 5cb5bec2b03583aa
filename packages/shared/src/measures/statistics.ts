/** Mean and standard deviation of the data by channel: the constants of the normalisation layer. */
import type { RunConfig } from '../config.ts';
import { gantryError } from '../errors.ts';
import { mixtures, type Mixture } from './mixture.ts';

export interface DataStatistics {
  /** [channels], of values as networks see them; images in [−1, 1] */
  readonly mean: readonly number[];
  /** [channels], above 0 */
  readonly deviation: readonly number[];
}

/**
 * Of the drawn digits. Measured, since their strokes have no closed form: over all 784 pixels of 200,000 digits
 * drawn under a seed of their own, merged in float64. A second such measurement differs in the fourth decimal place.
 */
const digits: DataStatistics = { mean: [-0.7512], deviation: [0.5836] };

/**
 * Of an even mixture of normal distributions N(cᵢ, σ²), in closed form: the mean is that of the centres, and by the
 * law of total variance the variance is that of the centres plus σ². The ring: mean 0, variance ½ + 0.01²; the
 * grid: mean 0, variance 8 + 0.05².
 */
export function mixtureStatistics({ centres, deviation }: Mixture): DataStatistics {
  const axes = [0, 1] as const;
  const average = (values: readonly number[]): number =>
    values.reduce((sum, x) => sum + x, 0) / values.length;
  const mean = axes.map((axis) => average(centres.map((centre) => centre[axis])));
  const variance = axes.map((axis) => average(centres.map((centre) => (centre[axis] - mean[axis]) ** 2)));
  return { mean, deviation: variance.map((spread) => Math.sqrt(spread + deviation ** 2)) };
}

/** @throws CONFIG_FIELD_INVALID for stored data that has not been read yet */
export function dataStatistics(data: RunConfig['data']): DataStatistics {
  switch (data.source) {
    case 'ring':
    case 'grid':
      return mixtureStatistics(mixtures[data.source]);
    case 'digits':
      return digits;
    case 'idx':
    case 'images':
      if (data.statistics !== undefined) return data.statistics;
      throw gantryError(
        'CONFIG_FIELD_INVALID',
        'data.statistics',
        'missing',
        'model.normalization needs the mean and deviation of the data, which are computed when it is first read',
      );
  }
}
