/** The losses of a run, as they are kept for drawing. */

export interface LossHistory {
  readonly iteration: readonly number[];
  readonly discriminator: readonly number[];
  readonly generator: readonly number[];
}

export const emptyHistory: LossHistory = { iteration: [], discriminator: [], generator: [] };

/** More points than this are more than a screen has columns. */
export const mostPoints = 6000;

/** Appends; where there are too many, each pair of neighbours becomes its mean, at the later iteration. */
export function appendLosses(history: LossHistory, more: LossHistory): LossHistory {
  let joined: LossHistory = {
    iteration: [...history.iteration, ...more.iteration],
    discriminator: [...history.discriminator, ...more.discriminator],
    generator: [...history.generator, ...more.generator],
  };
  while (joined.iteration.length > mostPoints) joined = halve(joined);
  return joined;
}

function halve(history: LossHistory): LossHistory {
  const ends = history.iteration.map((_, index) => index).filter((index) => index % 2 === 1);
  const mean = (values: readonly number[]): number[] =>
    ends.map((index) => (values[index - 1] + values[index]) / 2);
  const halved = {
    iteration: ends.map((index) => history.iteration[index]),
    discriminator: mean(history.discriminator),
    generator: mean(history.generator),
  };
  const last = history.iteration.length - 1;
  if (last % 2 === 1) return halved;
  return {
    iteration: [...halved.iteration, history.iteration[last]],
    discriminator: [...halved.discriminator, history.discriminator[last]],
    generator: [...halved.generator, history.generator[last]],
  };
}

/**
 * Exponentially weighted mean of what came before, where a value `scale` iterations back counts 1/e. Divided
 * by the sum of its weights, so that it does not start from 0 (as in Adam: D. Kingma and J. Ba, 2015).
 */
export function smooth(iteration: readonly number[], values: readonly number[], scale: number): number[] {
  let sum = 0;
  let weight = 0;
  return values.map((value, index) => {
    const keep = index === 0 ? 0 : Math.exp((iteration[index - 1] - iteration[index]) / scale);
    sum = keep * sum + value;
    weight = keep * weight + 1;
    return sum / weight;
  });
}

/** Iterations over which the drawn line is smoothed: a fixed part of what is shown. */
export function smoothingScale(iteration: readonly number[]): number {
  if (iteration.length === 0) return 1;
  return Math.max(1, (iteration[iteration.length - 1] - iteration[0]) / 60);
}

/**
 * Lowest and highest value to show: a few spikes must not press the rest of the line flat.
 *
 * @param raw - every value; its outermost 1% may be cut off
 * @param smoothed - is always in view
 */
export function valueRange(raw: readonly number[], smoothed: readonly number[]): [number, number] {
  if (raw.length === 0) return [0, 1];
  const sorted = raw.toSorted((a, b) => a - b);
  let low = sorted[Math.floor(0.01 * (sorted.length - 1))];
  let high = sorted[Math.ceil(0.99 * (sorted.length - 1))];
  for (const value of smoothed) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const margin = (high - low) * 0.06 || Math.max(0.1, Math.abs(high) * 0.1);
  // Losses that are never negative have their axis from 0 where that costs little.
  const bottom = low >= 0 && low < 0.4 * high ? 0 : low - margin;
  return [bottom, high + margin];
}

/** At most `most` indices, evenly spread, the last always among them. */
export function spread(length: number, most: number): number[] {
  const count = Math.min(length, most);
  return Array.from({ length: count }, (_, index) =>
    count === 1 ? length - 1 : Math.round((index * (length - 1)) / (count - 1)),
  );
}
