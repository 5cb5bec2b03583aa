/** Mean and standard deviation of a dataset by channel: the constants of the normalisation layer. */
import type { Dataset } from './dataset.ts';

export interface Statistics {
  /** [channels], of values in [−1, 1] */
  readonly mean: number[];
  /** [channels], above 0 */
  readonly deviation: number[];
}

/** Values a pixel can have. */
const values = 256;

/**
 * Over all examples and positions, of pixels as networks see them, x / 127.5 − 1. The deviation is that of the
 * whole population (divided by n). Exact but for the last rounding: pixels are counted by value, in whole numbers,
 * so nothing is rounded or cancelled however many there are.
 *
 * A channel in which every pixel is the same has no spread to scale by: its deviation is given as 1, so that it is
 * only centred. A small floor instead would enlarge what a generator gets wrong there a hundredfold, and let the
 * discriminator see nothing else; an error would refuse, say, data whose third channel is empty.
 */
export function statisticsOf({ pixels, channels }: Pick<Dataset, 'pixels' | 'channels'>): Statistics {
  const counts = Array.from({ length: channels }, () => new Float64Array(values));
  for (let at = 0; at < pixels.length; at += channels) {
    for (let c = 0; c < channels; c++) counts[c][pixels[at + c]] += 1;
  }
  const moments = counts.map(momentsOf);
  return {
    mean: moments.map(({ mean }) => mean / 127.5 - 1),
    deviation: moments.map(({ variance }) => (variance > 0 ? Math.sqrt(variance) / 127.5 : 1)),
  };
}

/** @param counts - how often each value occurs */
function momentsOf(counts: Float64Array): { mean: number; variance: number } {
  let n = 0;
  let sum = 0;
  counts.forEach((count, value) => {
    n += count;
    sum += count * value;
  });
  const mean = sum / n;
  let squares = 0;
  counts.forEach((count, value) => (squares += count * (value - mean) ** 2));
  return { mean, variance: squares / n };
}
