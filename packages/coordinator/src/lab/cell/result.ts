/** What a cell came to under one seed. The same each time that it is run, to the bit, but for `machineSeconds`. */
import type { RunSummary } from '@gantry/shared';
import type { Outcome } from '../../core/types.ts';
import type { Choice } from '../scenario/cells.ts';
import type { Detected } from './detectors.ts';
import type { MeasuredAt } from './measured.ts';

export interface CellResult {
  readonly label: string;
  readonly slug: string;
  readonly choice: Choice;
  readonly seed: number;
  /** `too long`: ended by the scenario's `longest`; `stuck`: nothing would have happened any more. */
  readonly outcome: Outcome | 'too long' | 'stuck';
  readonly iterations: number;
  /** Machines in the scenario; and milliseconds a microbatch of the fastest. */
  readonly machines: number;
  readonly fastest: number;
  /** Virtual seconds from the first lease to the end. */
  readonly seconds: number;
  readonly examples: number;
  /** Virtual milliseconds of a step, or of a round. */
  readonly stepMilliseconds: { readonly median: number; readonly p95: number };
  /** Of frames, as the run counts them; with `bytesFactor`. */
  readonly bytes: { readonly up: number; readonly down: number };
  /** Shares of the time in which the coordinator, and each shared medium, was busy. */
  readonly busy: Readonly<Record<string, number>>;
  readonly leases: RunSummary['leases'];
  readonly workers: RunSummary['workers'];
  readonly measured: readonly MeasuredAt[];
  readonly detected: Detected;
  readonly parametersChecksum: string;
  /** Sample sheets, as files in the cell's directory, by iteration. */
  readonly sheets: readonly { readonly iteration: number; readonly file: string }[];
  /** That this machine took. */
  readonly machineSeconds: number;
}
