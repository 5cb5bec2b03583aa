/**
 * The core's vocabulary: its state, what can happen to it (events) and what it wants done (effects).
 * All of it is plain data; times are milliseconds of whatever clock the shell keeps.
 */
import type {
  AdaptiveRule,
  BackendTest,
  Balance,
  Control,
  ErrorCode,
  LiveSettings,
  PhaseName,
  Position,
  Round,
  RunConfig,
  RunSummary,
} from '@gantry/shared';

import type { Controls } from './controls.ts';
import type { Engagement, LinkTimes, Traffic } from './engage.ts';

/** What of a configuration the core needs. Fixed for a run. */
export interface CoreSettings {
  /** What is leased between one version and the next: the blocks of a step, or the slots of a round. */
  readonly blocks: number;
  /** Microbatches of a block, or of a slot. */
  readonly microbatchesPerBlock: number;
  readonly strategy: RunConfig['strategy'];
  /** Most blocks that one update's frame can carry. */
  readonly blocksPerLease: number;
  /** An update is one sum for its whole lease, to be used whole or not at all. */
  readonly wholeLeases: boolean;
  /**
   * Exchanges of batch-norm statistics in one step of a phase; 0: none. A step with exchanges is computed in lock step:
   * all its blocks are leased at once, and whoever holds some waits at each exchange for the others.
   */
  readonly exchanges: Readonly<Record<PhaseName, number>>;
  /** Bytes that travel for a lease in each phase. */
  readonly traffic: Readonly<Record<PhaseName, Traffic>>;
  /** Whether an update's records hold the sums of neighbouring blocks. */
  readonly joins: boolean;
  /**
   * Every worker that is free has a part of each step, as large as the others', and as much time as it takes: so that all
   * take part, however slow one is.
   */
  readonly evenShares: boolean;
  readonly audit: {
    /** Chance of a record to be computed again by another worker, and compared. */
    readonly probability: number;
    /** Two uint32, known to the coordinator alone: nobody can foresee what is audited. */
    readonly secret: readonly [number, number];
  };
  /** Microbatches whose computing takes about as long as drawing a sample sheet. */
  readonly sheetMicrobatches: number;
  /** Steps of each phase in an iteration, as configured. */
  readonly lengths: Readonly<Record<PhaseName, number>>;
  /** How they adapt; null: not at all. */
  readonly adaptive: AdaptiveRule | null;
  readonly iterations: number;
  readonly checkpointEvery: number;
  readonly evaluateEvery: number;
}

export type Availability = 'working' | 'hidden' | 'paused';

export interface WorkerState {
  readonly id: number;
  readonly name: string;
  readonly kind: 'tab' | 'headless';
  readonly connected: boolean;
  /** Said goodbye, and is not expected back. */
  readonly left: boolean;
  /** `testing` until its known-answer test is passed; `unable` if it is not, or if it sent what cannot be right. */
  readonly stage: 'testing' | 'ready' | 'unable';
  readonly availability: Availability;
  readonly backend: BackendTest['backend'] | null;
  /** Else its backend is too coarse for that, and it only draws sample sheets. */
  readonly trains: boolean;
  /** Milliseconds a microbatch that it computes; in lock step with the transfers, without waiting for others. Smoothed. */
  readonly pace: number;
  /** Milliseconds a byte of a lease's traffic, smoothed; and how many were engaged at the time. */
  readonly link: number;
  readonly sharers: number;
  /** Its first lease of a step is still to come: it brings a snapshot, and tells nothing of the link. */
  readonly fresh: boolean;
  /** The lease it works on, or failed to answer in time. */
  readonly lease: number | null;
  /** Why it gets no work until it is pardoned: what it sent was wrong; null: it does. */
  readonly quarantined: string | null;
  /** Audits in which another worker had other numbers. */
  readonly disputes: number;
  /** Versions at which an update of its could not be right, as long as they are remembered. */
  readonly rejections: readonly number[];
  /** Leases in a row that it gave back because something failed. */
  readonly failures: number;
  /** Steps that passed since it last had a lease while it could have had one. */
  readonly passedOver: number;
  /** Microbatches that became part of the run. */
  readonly microbatches: number;
  /** The version of its latest lease of a step, and so of its replica; null: none. */
  readonly holds: number | null;
  /** The latest lease that was called off: frames for it, or for one before, may still be on their way. 0: none. */
  readonly revoked: number;
}

export type EvaluationTask = { readonly kind: 'evaluation' } & Pick<
  Evaluation,
  'iteration' | 'picture' | 'microbatches'
>;

export interface Lease {
  readonly id: number;
  readonly worker: number;
  /** Blocks of a step, ascending; or what is drawn of the version. */
  readonly task: { readonly kind: 'step'; readonly blocks: readonly number[] } | EvaluationTask;
  readonly version: number;
  /** Of its step. */
  readonly position: Position;
  /** In the strategy `local` what each slot computes; else null. */
  readonly round: Round | null;
  readonly grantedAt: number;
  /** Milliseconds it should take. */
  readonly expected: number;
  /** Bytes that travel for it; 0 where nothing is learnt of the link. */
  readonly bytes: number;
  /** Workers that are engaged in the step. */
  readonly engaged: number;
  /** Infinity while it waits for others at an exchange. */
  readonly deadline: number;
  /**
   * Beyond its deadline: its blocks may be leased again. An answer is still taken if it comes first, but for a step in
   * lock step, which has begun anew.
   */
  readonly expired: boolean;
  /** When it is late though it is in time: whoever is idle may take its blocks as well. Infinity: never. */
  readonly raceAt: number;
  /** That time has come. */
  readonly raced: boolean;
  /** Exchanges it has contributed to. */
  readonly contributed: number;
  /** Since when it is its worker's turn: from the grant, or from the latest exchange on. */
  readonly since: number;
  /** Milliseconds of its worker's own before that. */
  readonly worked: number;
}

/** Consecutive blocks, as one record holds them. */
export interface BlockRun {
  readonly firstBlock: number;
  readonly blocks: number;
}

/** A record that was accepted, and is to be computed again by another worker. */
export interface Audit extends BlockRun {
  readonly version: number;
  /** Of the step. */
  readonly position: Position;
  readonly round: Round | null;
  /** Who computed it. */
  readonly worker: number;
  /** The auditor's; null: it is still to be given. */
  readonly lease: number | null;
}

/** What one worker says of a record on trial. */
export interface TrialAnswer {
  readonly worker: number;
  /** Workers that had answered the same before. */
  readonly agrees: readonly number[];
}

/** A record of the open step that is not applied before two workers have computed the same. */
export interface Trial extends BlockRun {
  /** Its numbers are so large that one opinion is not enough. */
  readonly unusual: boolean;
  readonly answers: readonly TrialAnswer[];
  /** Answers that came and are being compared with those before. */
  readonly comparing: number;
}

/** Something to be drawn with the generator of a version. */
export interface Evaluation {
  readonly version: number;
  /** Iterations done. */
  readonly iteration: number;
  /** Number of the picture, ascending, that the presenter asks for; null: the run's sample sheet. */
  readonly picture: number | null;
  /** Whose computing takes about as long. */
  readonly microbatches: number;
  /** When a picture was asked for; 0 of a sheet, which goes first. */
  readonly at: number;
  readonly lease: number | null;
}

/** Where steps are computed at the same time, each by itself: what of them is not out. */
export interface Ahead {
  /** The next one that is leased for the first time. */
  readonly next: Position;
  /** Those that were leased and came to nothing: they are leased again first. In the order of the schedule. */
  readonly again: readonly Position[];
}

/** What of a summary the core counts; and the microbatches that became part of the run. */
export type Counters = Pick<RunSummary, 'workers' | 'leases'> & { readonly microbatches: number };

export interface CoreState {
  readonly settings: CoreSettings;
  /** Ready workers that the run waits for before its first lease; 0: it has begun. */
  readonly waitFor: number;
  /**
   * `stopping`: finishes the step under way, then stops. `finishing`: all steps are done, sample sheets are not.
   */
  readonly status: 'running' | 'stopping' | 'finishing' | 'ended';
  /** The step that is being computed; of several at the same time, the first. */
  readonly position: Position;
  /** In the strategy `asynchronous`; else null. */
  readonly ahead: Ahead | null;
  /** What the adaptive schedule adds to the lengths of phases in this iteration. */
  readonly balance: Balance;
  /** What the presenter has set. */
  readonly controls: Controls;
  readonly version: number;
  /** Which blocks of the step have been accepted. */
  readonly done: readonly boolean[];
  /** Leases whose answers those are; they count for their workers when the step is complete. */
  readonly accepted: readonly { readonly worker: number; readonly microbatches: number }[];
  readonly audits: readonly Audit[];
  /** Workers whom an audit has left in doubt, and how many trials each is still to pass. */
  readonly suspects: ReadonlyMap<number, number>;
  /** Of the open step. */
  readonly trials: readonly Trial[];
  /** Exchanges of the step that are complete. */
  readonly merged: number;
  readonly leases: ReadonlyMap<number, Lease>;
  readonly workers: ReadonlyMap<number, WorkerState>;
  /** At most the sheets being drawn and the newest waiting, and the same of pictures. */
  readonly evaluations: readonly Evaluation[];
  readonly nextLease: number;
  /** Workers whose update of this version was not finite. */
  readonly notFinite: readonly number[];
  /** Recent lease times divided by what was expected; newest last. */
  readonly ratios: readonly number[];
  readonly counters: Counters;
  /** How many are engaged, by phase: more travels in one than in the other. */
  readonly engagement: Readonly<Record<PhaseName, Engagement>>;
  readonly linkTimes: LinkTimes;
}

export type CoreEvent =
  /** The run begins, or goes on from a checkpoint. */
  | { readonly type: 'start'; readonly at: number; readonly fresh: boolean }
  /** A worker said hello; `id` is its stable identity. */
  | {
      readonly type: 'joined';
      readonly at: number;
      readonly worker: number;
      readonly name: string;
      readonly kind: 'tab' | 'headless';
      /** Seconds that its machine slept, where it comes back from that. */
      readonly slept?: number | undefined;
    }
  | {
      readonly type: 'ready';
      readonly at: number;
      readonly worker: number;
      readonly backend: BackendTest['backend'];
      readonly millisecondsPerMicrobatch: number;
      /** It can draw sample sheets and do nothing else. */
      readonly sheetsOnly?: boolean | undefined;
    }
  | { readonly type: 'unable'; readonly at: number; readonly worker: number }
  | {
      readonly type: 'availability';
      readonly at: number;
      readonly worker: number;
      readonly state: Availability;
    }
  /** Its connection closed; `forGood` when it said bye. */
  | { readonly type: 'left'; readonly at: number; readonly worker: number; readonly forGood: boolean }
  /** A well-formed update arrived; each part names a record's blocks. */
  | {
      readonly type: 'update';
      readonly at: number;
      readonly worker: number;
      readonly lease: number;
      readonly version: number;
      readonly phase: PhaseName;
      readonly parts: readonly BlockRun[];
      /** Parts, by index, whose numbers are far larger than those that came lately. */
      readonly unusual: readonly number[];
      /** Milliseconds that the worker computed, by its own clock; the rest of the lease's time took the network. */
      readonly took: number;
    }
  /** What was asked for with `compare`. Comes at once. */
  | {
      readonly type: 'compared';
      readonly at: number;
      readonly version: number;
      readonly worker: number;
      readonly firstBlock: number;
      readonly blocks: number;
      /** Workers whose answers to the same record, given before, are the same; and others. */
      readonly agrees: readonly number[];
      readonly differs: readonly number[];
    }
  /** The presenter acts on the run as a whole. */
  | { readonly type: 'controlled'; readonly at: number; readonly control: Control }
  /** The presenter lets a quarantined worker work again. */
  | { readonly type: 'pardoned'; readonly at: number; readonly worker: number }
  /** The presenter gives it another name, or sends it away: it will not come back as the same one. */
  | { readonly type: 'renamed'; readonly at: number; readonly worker: number; readonly name: string }
  | { readonly type: 'removed'; readonly at: number; readonly worker: number }
  /** An absent worker makes room for others: it will not come back as the same one. */
  | { readonly type: 'forgotten'; readonly at: number; readonly worker: number }
  /** What a lease contributes to an exchange arrived; its size and numbers can be right. */
  | {
      readonly type: 'contributed';
      readonly at: number;
      readonly worker: number;
      readonly lease: number;
      readonly version: number;
      readonly phase: PhaseName;
      /** Number of the exchange in its step. */
      readonly exchange: number;
    }
  /** What arrived for this lease cannot be right. */
  | {
      readonly type: 'rejected';
      readonly at: number;
      readonly worker: number;
      readonly lease: number;
      readonly reason: string;
      /** It holds numbers that are not finite. */
      readonly notFinite: boolean;
    }
  | {
      readonly type: 'gave-back';
      readonly at: number;
      readonly worker: number;
      readonly lease: number;
      /** `paused` by its user; `replica` of another version; `failed`: something went wrong; `revoked`: as told. */
      readonly cause: 'paused' | 'replica' | 'failed' | 'revoked';
      readonly reason: string;
    }
  | { readonly type: 'evaluated'; readonly at: number; readonly worker: number; readonly lease: number }
  /** The presenter asks for a picture; what it is drawn from is kept. */
  | ({ readonly type: 'picture-wanted'; readonly picture: number } & Pick<
      Evaluation,
      'at' | 'version' | 'iteration' | 'microbatches'
    >)
  /** The time asked for with `wake` has come. */
  | { readonly type: 'tick'; readonly at: number }
  /** The discriminator step just applied: the mean of its accuracy on real and generated examples. Comes at once. */
  | { readonly type: 'measured'; readonly at: number; readonly accuracy: number }
  /** The sums of the step that was to be applied are not finite; the version is still the one before. */
  | { readonly type: 'diverged'; readonly at: number; readonly position: Position; readonly version: number }
  | { readonly type: 'stop'; readonly at: number };

export type CoreEffect =
  /** Bring the worker to the lease's version, where that is the present one, then send the lease. */
  | { readonly type: 'lease'; readonly lease: Lease; readonly position: Position }
  /** Take these parts (by index) of the update just received. */
  | {
      readonly type: 'accept';
      readonly lease: number;
      readonly worker: number;
      readonly parts: readonly number[];
    }
  /** Compare this part (by index) of the update just received with what others sent for the same record, and keep it. */
  | {
      readonly type: 'compare';
      readonly worker: number;
      readonly version: number;
      readonly part: number;
      readonly firstBlock: number;
      readonly blocks: number;
    }
  /** Keep the contribution just received. */
  | { readonly type: 'take'; readonly lease: Lease; readonly exchange: number }
  /** All have contributed: merge, and send what comes out to these workers. */
  | {
      readonly type: 'merge';
      readonly phase: PhaseName;
      readonly version: number;
      readonly exchange: number;
      readonly workers: readonly number[];
    }
  /** The worker is to drop this lease, also where it waits at an exchange. */
  | { readonly type: 'revoke'; readonly worker: number; readonly lease: number }
  /** Forget the updates and contributions taken for the step: it begins anew. */
  | { readonly type: 'restart'; readonly phase: PhaseName }
  /** All blocks are in: divide, update, make the next version. `position` is the step's. */
  | {
      readonly type: 'apply';
      readonly position: Position;
      readonly version: number;
      readonly round: Round | null;
      /** Versions that were made since the step was leased; null where none can be. */
      readonly staleness: number | null;
    }
  /** Use these learning rates from the next version made on; null: as configured. */
  | { readonly type: 'tune'; readonly learningRates: LiveSettings['learningRates'] }
  /** Take the sheet, or picture, just received. */
  | {
      readonly type: 'accept-evaluation';
      readonly iteration: number;
      readonly picture: number | null;
    }
  /** A picture will not come: its worker failed at it, or a newer one has overtaken it. */
  | { readonly type: 'drop-picture'; readonly picture: number; readonly failed: boolean }
  /** Keep the moving average as it is now, for the sheet of this version. */
  | { readonly type: 'capture'; readonly version: number; readonly iteration: number }
  | { readonly type: 'checkpoint'; readonly position: Position; readonly version: number }
  /** Send a `tick` at this time; replaces the one asked for before. null: none. */
  | { readonly type: 'wake'; readonly at: number | null }
  /** Tell the worker that something it sent was refused. */
  | { readonly type: 'refuse'; readonly worker: number; readonly code: ErrorCode; readonly message: string }
  /** For `events.jsonl`. */
  | { readonly type: 'happening'; readonly happening: Happening }
  | { readonly type: 'end'; readonly outcome: Outcome };

/** How a run can end: all iterations done; stopped before; numbers no longer finite. */
export type Outcome = 'complete' | 'stopped' | 'diverged';

export type Happening =
  | {
      readonly type: 'worker-joined';
      readonly worker: number;
      readonly name: string;
      readonly back: boolean;
      readonly slept?: number | undefined;
    }
  | {
      readonly type: 'worker-ready';
      readonly worker: number;
      readonly backend: string;
      readonly pace: number;
      readonly sheetsOnly?: boolean | undefined;
    }
  | { readonly type: 'worker-unable'; readonly worker: number; readonly why: 'tests' | 'failures' }
  | { readonly type: 'worker-quarantined'; readonly worker: number; readonly reason: string }
  | { readonly type: 'worker-pardoned'; readonly worker: number }
  | { readonly type: 'worker-removed'; readonly worker: number; readonly name: string }
  /** No step begins any more, and none is under way. */
  | { readonly type: 'paused'; readonly version: number; readonly iteration: number }
  /** These computed different numbers for the same record; others are asked. */
  | ({ readonly type: 'audit-disputed' } & Dispute)
  /** There was nobody left to ask: what came first is taken. */
  | ({ readonly type: 'audit-undecided' } & Dispute)
  | { readonly type: 'worker-left'; readonly worker: number; readonly forGood: boolean }
  | { readonly type: 'worker-availability'; readonly worker: number; readonly state: Availability }
  /** Whoever is idle may take its blocks as well. */
  | {
      readonly type: 'lease-late';
      readonly worker: number;
      readonly lease: number;
      readonly after: number;
    }
  | {
      readonly type: 'lease-expired';
      readonly worker: number;
      readonly lease: number;
      readonly after: number;
    }
  | {
      readonly type: 'lease-given-back';
      readonly worker: number;
      readonly lease: number;
      readonly reason: string;
    }
  | { readonly type: 'lease-duplicate'; readonly worker: number; readonly lease: number }
  /** More versions were made since it was given than the strategy bears: its step is leased again. */
  | {
      readonly type: 'lease-stale';
      readonly worker: number;
      readonly lease: number;
      readonly staleness: number;
    }
  | {
      readonly type: 'lease-rejected';
      readonly worker: number;
      readonly lease: number;
      readonly reason: string;
    }
  /** `worker` was lost in the middle of a step in lock step, or what it sent for the step cannot be trusted. */
  | {
      readonly type: 'step-restarted';
      readonly version: number;
      readonly phase: PhaseName;
      readonly worker: number;
      readonly reason: RestartReason;
      /** Exchanges that were complete. */
      readonly exchanges: number;
    }
  /** From this step on so many workers are engaged, of so many that could be; null: all that are free. */
  | {
      readonly type: 'workers-engaged';
      readonly version: number;
      readonly phase: PhaseName;
      readonly workers: number | null;
      readonly of: number;
      /** Milliseconds that a step should take with them. */
      readonly expected: number;
      /** How much links slow each other down: 0 not at all, 1 as one medium that all share. */
      readonly contention: number;
    }
  | { readonly type: 'evaluation-skipped'; readonly iteration: number }
  /** The adaptive schedule: steps of each phase from this iteration on, and the average accuracy that decided. */
  | {
      readonly type: 'schedule-changed';
      readonly iteration: number;
      readonly discriminator: number;
      readonly generator: number;
      readonly accuracy: number | null;
    };

type Dispute = {
  readonly version: number;
  readonly firstBlock: number;
  readonly blocks: number;
  readonly workers: readonly number[];
};

/** How a worker was lost to a step: its connection is gone, or was replaced; late; by itself; wrong numbers; other numbers than others have. */
export type RestartReason = 'left' | 'expired' | 'gave-back' | 'rejected' | 'unable' | 'quarantined';

export interface Transition {
  readonly state: CoreState;
  readonly effects: readonly CoreEffect[];
}
