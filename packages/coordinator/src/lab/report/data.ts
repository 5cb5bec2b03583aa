/** What a lab's report holds: made by `gantry lab`, shown by its page. Times are virtual. */
import type { Language } from '@gantry/shared/page';
import type { CellResult } from '../cell/result.ts';
import type { Detected } from '../cell/detectors.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { Fact } from './answer.ts';
import type { Quantity } from './quantities.ts';

export interface LabReportData {
  /** Of the scenario. */
  readonly name: string;
  /** null: that of whoever reads it. */
  readonly language: Language | null;
  readonly question: string;
  readonly about: string;
  readonly seeds: readonly number[];
  readonly base: number;
  /** Column of the measure that tells most; null: nothing was measured. */
  readonly chief: string | null;
  /** Columns that are measures, over iterations too. */
  readonly measures: readonly string[];
  readonly target: NonNullable<Scenario['target']> | null;
  readonly answer: readonly Fact[];
  readonly quantities: readonly Quantity[];
  readonly cells: readonly ReportCell[];
  /** The command that repeats all of it. */
  readonly command: string;
  /** That this machine took for all cells, seconds. */
  readonly machineSeconds: number;
}

export interface ReportCell {
  readonly label: string;
  readonly machines: number;
  readonly outcomes: readonly {
    readonly outcome: CellResult['outcome'];
    readonly seeds: readonly number[];
  }[];
  readonly detected: readonly {
    readonly kind: keyof Detected;
    readonly at: readonly { readonly seed: number; readonly iteration: number }[];
  }[];
  readonly curve: readonly CurvePoint[];
  /** Of the first seed. */
  readonly losses: Losses | null;
  /** Of the first seed, in order. */
  readonly sheets: readonly ReportSheet[];
  /** The command that trains it with real tabs, under the first seed. */
  readonly live: string;
}

/** What its seeds measured after the same iterations. */
export interface CurvePoint {
  readonly iteration: number;
  /** Medians over the seeds that were measured then. */
  readonly seconds: number;
  readonly bytes: number;
  /** By measure: [least, median, greatest] over the seeds. */
  readonly measures: Readonly<Record<string, readonly [number, number, number]>>;
}

/** Means of so many iterations; null: none. */
export interface Losses {
  readonly width: number;
  readonly discriminator: readonly (number | null)[];
  readonly generator: readonly (number | null)[];
}

export interface ReportSheet {
  readonly iteration: number;
  /** `data:` address of a PNG. */
  readonly image: string;
}
