/**
 * Two things measured alternately. Whatever else the machine does comes and goes within seconds: neighbours in time
 * share it, so the ratio of a pair means more than the ratio of two means.
 */
import { median, quantile } from './statistics.ts';

export interface Pair {
  readonly value: number;
  readonly baseline: number;
}

export interface PairSummary {
  /** Median of each side. */
  readonly value: number;
  readonly baseline: number;
  /** Median of the pairs' ratios, value by baseline, and its quartiles. */
  readonly ratio: number;
  readonly quartiles: readonly [number, number];
}

/**
 * Measures value, baseline, value, baseline, …
 *
 * @param told - called before each pair with its number, from 1 on
 */
export async function alternate(
  count: number,
  sides: { readonly value: () => Promise<number>; readonly baseline: () => Promise<number> },
  told: (pair: number, of: number) => void,
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let pair = 1; pair <= count; pair++) {
    told(pair, count);
    // One at a time: that is the point.
    // oxlint-disable-next-line no-await-in-loop
    const value = await sides.value();
    // oxlint-disable-next-line no-await-in-loop
    const baseline = await sides.baseline();
    pairs.push({ value, baseline });
  }
  return pairs;
}

export function summarise(pairs: readonly Pair[]): PairSummary {
  const ratios = pairs.map(({ value, baseline }) => value / baseline);
  return {
    value: median(pairs.map(({ value }) => value)),
    baseline: median(pairs.map(({ baseline }) => baseline)),
    ratio: median(ratios),
    quartiles: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
  };
}
