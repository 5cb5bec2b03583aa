/** What a lab compares: each figure of its cells over the seeds, and against the base under the same seeds. Pure. */
import { isFiniteNumber, pairedDifference, spreadOf, type Interval, type Spread } from './statistics.ts';

export type Kind = 'number' | 'seconds' | 'milliseconds' | 'bytes' | 'rate' | 'factor' | 'share' | 'count';

interface Description {
  readonly kind: Kind;
  /** null: neither is better by itself. */
  readonly better: 'more' | 'less' | null;
  /** What is many times as large elsewhere is compared by ratios. */
  readonly compared: 'difference' | 'ratio';
}

const measure = (better: Description['better']): Description => ({
  kind: 'number',
  better,
  compared: 'difference',
});
const cost = (kind: Kind): Description => ({ kind, better: 'less', compared: 'ratio' });
const gain = (kind: Kind): Description => ({ kind, better: 'more', compared: 'ratio' });

/** By column of `cells.csv`; measures in the order in which they are offered, then what a run costs. */
const described: Readonly<Record<string, Description>> = {
  fid: measure('less'),
  kid: measure('less'),
  highQuality: measure('more'),
  modes: measure('more'),
  modeKl: measure('less'),
  precision: measure('more'),
  recall: measure('more'),
  density: measure('more'),
  coverage: measure('more'),
  classCoverage: measure('more'),
  classKl: measure('less'),
  slicedWasserstein: measure('less'),
  varianceRatio: measure(null),
  targetSeconds: cost('seconds'),
  targetBytes: cost('bytes'),
  seconds: cost('seconds'),
  examplesPerSecond: gain('rate'),
  speedUp: gain('factor'),
  stepMilliseconds: cost('milliseconds'),
  stepMillisecondsP95: cost('milliseconds'),
  bytes: cost('bytes'),
  bytesUp: cost('bytes'),
  bytesDown: cost('bytes'),
  leasesExpired: { kind: 'count', better: 'less', compared: 'difference' },
};
const busyShare: Description = { kind: 'share', better: null, compared: 'difference' };

/**
 * `above` and `below`: the interval lies there; `unclear`: it holds no difference, too; `equal`: the same in every pair;
 * `unknown`: too few pairs for an interval.
 */
export type Verdict = 'above' | 'below' | 'unclear' | 'equal' | 'unknown';

/** A cell against the base: a mean difference, or the geometric mean of ratios. */
export interface Against {
  /** Seeds under which both have it. */
  readonly n: number;
  readonly mean: number;
  readonly interval: Interval | null;
  readonly verdict: Verdict;
}

export interface QuantityOfCell {
  /** By seed; null: there is none. */
  readonly values: readonly (number | null)[];
  readonly spread: Spread | null;
  /** null: it is the base, or there is nothing to compare. */
  readonly against: Against | null;
}

export interface Quantity extends Description {
  readonly name: string;
  readonly cells: readonly QuantityOfCell[];
}

/**
 * @param figures - of each cell, by seed, by column
 * @param measures - columns that are measures, known or not
 * @param base - cell that others are compared with
 */
export function quantitiesOf(
  figures: readonly (readonly ReadonlyMap<string, unknown>[])[],
  measures: readonly string[],
  base: number,
): Quantity[] {
  const columns = [...figures[0][0].keys()];
  const names = [
    ...Object.keys(described).filter((name) => columns.includes(name)),
    ...measures.filter((name) => !(name in described)),
    ...columns.filter((name) => name.startsWith('busy/')),
  ];
  return names
    .map((name) => {
      const values = figures.map((seeds) => seeds.map((row) => numberOf(row.get(name))));
      const description = described[name] ?? (name.startsWith('busy/') ? busyShare : measure(null));
      const cells = values.map((of, cell) => ({
        values: of,
        spread: spreadOf(of),
        against: cell === base ? null : against(of, values[base], description.compared),
      }));
      return { name, ...description, cells };
    })
    .filter(({ cells }) => cells.some(({ spread }) => spread !== null));
}

const numberOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

/** @param values, base - by seed */
export function against(
  values: readonly (number | null)[],
  base: readonly (number | null)[],
  compared: Description['compared'],
): Against | null {
  const ratio = compared === 'ratio';
  const pairs = values.flatMap((value, seed): number[] => {
    const other = base[seed];
    if (!isFiniteNumber(value) || !isFiniteNumber(other)) return [];
    if (!ratio) return [value - other];
    return value > 0 && other > 0 ? [Math.log(value / other)] : [];
  });
  const found = pairedDifference(pairs);
  if (found === null) return null;
  const { n, mean, interval } = found;
  const shown = ratio ? Math.exp : (difference: number) => difference;
  return {
    n,
    mean: shown(mean),
    interval: interval && { low: shown(interval.low), high: shown(interval.high) },
    verdict: verdictOf(mean, interval),
  };
}

function verdictOf(mean: number, interval: Interval | null): Verdict {
  if (interval === null) return mean === 0 ? 'equal' : 'unknown';
  const { low, high } = interval;
  if (low === 0 && high === 0) return 'equal';
  if (low > 0) return 'above';
  return high < 0 ? 'below' : 'unclear';
}
