/** A row's measurement as it is printed and written. */
import { summarise, type Pair } from './pairs.ts';
import type { Bound, Measured, Skipped } from './row.ts';

/** One entry of the file that `--json` names. */
export interface Result {
  readonly name: string;
  /** Medians; null where the row was skipped. */
  readonly value: number | null;
  readonly unit: string;
  readonly baseline: number | null;
  /** Median of the pairs' ratios. */
  readonly ratio: number | null;
  /** The first bound's number; null where a figure is only reported. */
  readonly target: number | null;
  /** Pairs measured. */
  readonly samples: number;
  /** The baseline's name. */
  readonly against: string;
  /** Quartiles of the pairs' ratios. */
  readonly quartiles: readonly [number, number] | null;
  readonly bounds: readonly Bound[];
  /** Whether all bounds hold; null where there are none, or nothing was measured. */
  readonly met: boolean | null;
  readonly limit: string;
  readonly details: Readonly<Record<string, number>>;
  readonly pairs: readonly Pair[];
  /** Why nothing was measured; null where something was. */
  readonly skipped: string | null;
  /** That the row took. */
  readonly seconds: number;
  /** Cores that were busy with other things just before. */
  readonly busyCores: number;
}

type Circumstances = Pick<Result, 'name' | 'seconds' | 'busyCores'>;

export function resultOf(circumstances: Circumstances, found: Measured | Skipped): Result {
  if ('skipped' in found) return { ...nothing, ...circumstances, skipped: found.skipped };
  const { unit, against, pairs, bounds, limit, details = {} } = found;
  const { value, baseline, ratio, quartiles } = summarise(pairs);
  const figures: Readonly<Record<string, number>> = { ...details, value, ratio };
  return {
    ...circumstances,
    value,
    unit,
    baseline,
    ratio,
    target: bounds.length === 0 ? null : (bounds[0].atLeast ?? bounds[0].atMost ?? null),
    samples: pairs.length,
    against,
    quartiles,
    bounds,
    met: bounds.length === 0 ? null : bounds.every((bound) => holds(bound, figures[bound.of])),
    limit,
    details,
    pairs,
    skipped: null,
  };
}

const nothing: Omit<Result, keyof Circumstances> = {
  value: null,
  unit: '',
  baseline: null,
  ratio: null,
  target: null,
  samples: 0,
  against: '',
  quartiles: null,
  bounds: [],
  met: null,
  limit: '',
  details: {},
  pairs: [],
  skipped: null,
};

/** A figure that is not there, or not a number, holds nothing. */
const holds = ({ atLeast = -Infinity, atMost = Infinity }: Bound, figure: number | undefined): boolean =>
  figure !== undefined && figure >= atLeast && figure <= atMost;
