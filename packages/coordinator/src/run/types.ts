/** What a run is given, what it gives, and what it knows of a connection. */
import type {
  CoordinatorMessage,
  DataManifest,
  GantryError,
  ModelPlan,
  RunConfig,
  RunSummary,
} from '@gantry/shared';
import type { Outcome } from '../core/types.ts';
import type { Acts } from './acts.ts';
import type { LogEntry, Notice } from './archive.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Clock } from './clock.ts';
import type { RunDirectory } from './directory.ts';
import type { RunHistory } from './history.ts';
import type { LetIn } from './registry.ts';

/** A connected worker, as the run sees it. */
export interface WorkerLink {
  sendMessage(message: CoordinatorMessage): void;
  sendFrame(frame: Uint8Array<ArrayBuffer>): void;
  /** Ends the connection, saying why. */
  close(reason: GantryError): void;
}

export interface RunLogger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export interface RunOptions {
  readonly config: RunConfig;
  readonly model: ModelPlan;
  /** The run's real data, or null where data is generated. */
  readonly data: DataManifest | null;
  readonly directory: RunDirectory;
  /** Where to go on from. */
  readonly checkpoint: Checkpoint | null;
  /** The course of the run up to there. */
  readonly history?: RunHistory;
  /** What the presenter had done to it; without, as the checkpoint has it. */
  readonly acts?: Acts;
  /** Whom earlier incarnations let in, also after that checkpoint. */
  readonly letIn?: readonly LetIn[];
  /** Iterations of the sample sheets that earlier incarnations drew, ascending. */
  readonly sheets?: readonly number[];
  /** Another run's checkpoint, whose parameters a new run begins from where they match. */
  readonly source?: Checkpoint | null;
  /** Tells this coordinator process from others that served or will serve the run; uint32, not 0. */
  readonly incarnation: number;
  /** Two uint32 that decide what is audited; nobody else may know them. */
  readonly secret: readonly [number, number];
  /** Ready workers to wait for before the first lease; 0 without it. */
  readonly waitFor?: number;
  /** No step begins before the presenter says so. */
  readonly lobby?: boolean;
  /** Each step is shared evenly among all workers, however fast they are. */
  readonly evenShares?: boolean;
  readonly clock: Clock;
  readonly notice: Notice;
  /** Told of each entry of the log, once the leases that follow are on their way. */
  readonly logged?: ((entry: LogEntry) => void) | undefined;
}

export interface RunEnd {
  readonly outcome: Outcome;
  /** The last checkpoint written, if any was. */
  readonly checkpoint: string | null;
  /** Why the checkpoint of the end could not be written; null where it could. */
  readonly unsaved: string | null;
  readonly summary: RunSummary;
}
