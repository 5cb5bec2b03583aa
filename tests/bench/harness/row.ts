/** What a row of the table is, and what measuring it gives. */
import type { Children } from './children.ts';
import type { Pair } from './pairs.ts';

export interface Row {
  /** Fixed: people compare runs by it. */
  readonly name: string;
  /** What is compared, in a sentence. */
  readonly about: string;
  /** Takes long: runs only where a pattern begins with the name's first part. */
  readonly onlyWhenNamed?: boolean;
  measure(bench: Bench): Promise<Measured | Skipped>;
}

/** What a row is given. */
export interface Bench {
  /** Processes that end with the row. */
  readonly children: Children;
  /** `--set` of the command line, for rows that train. */
  readonly set: readonly string[];
  /** Tells how far it is. */
  readonly progress: (text: string) => void;
  /** A folder that is removed with the row. */
  readonly folder: () => Promise<string>;
}

export interface Measured {
  /** Of value and baseline. */
  readonly unit: string;
  /** The baseline's name. */
  readonly against: string;
  readonly pairs: readonly Pair[];
  /** What is to hold; none where a figure is only reported. The first is the row's target. */
  readonly bounds: readonly Bound[];
  /** What keeps it from being better, by measurement. A sentence. */
  readonly limit: string;
  /** More figures, by name and unit. */
  readonly details?: Readonly<Record<string, number>>;
}

export interface Bound {
  /** `ratio`, `value`, or one of the details. */
  readonly of: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** It cannot be measured here; that is no failure. */
export interface Skipped {
  /** Why, and what to do. */
  readonly skipped: string;
}
