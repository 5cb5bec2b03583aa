/** What a report holds: made by `gantry report`, shown by its page. Times are milliseconds since 1970. */
import type { BucketRun, RunConfig, SeriesSet } from '@gantry/shared';
import type { Language } from '@gantry/shared/page';

export interface ReportData {
  /** Of the run's folder. */
  readonly name: string;
  /** null: that of whoever reads it. */
  readonly language: Language | null;
  readonly config: RunConfig;
  /** null: it has not ended, or was cut off. */
  readonly outcome: 'finished' | 'stopped' | 'diverged' | null;
  /** Whether the presenter changed what the configuration says. */
  readonly altered: boolean;
  readonly figures: Figures;
  /** By bucket; see docs/events.md for the names. */
  readonly course: Readonly<
    Record<SeriesSet, { readonly width: number; readonly series: Readonly<Record<string, BucketRun>> }>
  >;
  readonly sheets: readonly ReportSheet[];
  readonly timeline: ReportTimeline;
  /** Lines of the log that could not be read. */
  readonly damagedLines: number;
}

/** null: not known, since the run was cut off before its first checkpoint. */
export interface Figures {
  readonly began: number | null;
  readonly ended: number | null;
  /** Of training. */
  readonly seconds: number | null;
  readonly iterations: number;
  /** Optimizer steps. */
  readonly steps: number | null;
  readonly bytes: { readonly up: number; readonly down: number } | null;
  readonly workers: { readonly joined: number; readonly lost: number; readonly quarantined: number } | null;
  readonly leases: {
    readonly granted: number;
    readonly completed: number;
    readonly expired: number;
    readonly duplicate: number;
    readonly rejected: number;
    readonly audited: number;
  } | null;
  readonly parametersChecksum: string | null;
}

export interface ReportSheet {
  readonly iteration: number;
  /** `data:` address of a PNG. */
  readonly image: string;
}

export interface ReportTimeline {
  readonly from: number;
  readonly to: number;
  /** When a coordinator began, or went on. */
  readonly starts: readonly number[];
  readonly workers: readonly ReportWorker[];
  /** Of `work`. */
  readonly binMilliseconds: number;
  /** Workers that are not shown, since there are too many. */
  readonly moreWorkers: number;
}

export interface ReportWorker {
  readonly id: number;
  readonly name: string;
  readonly backend: string | null;
  /** Used, as of the last checkpoint. */
  readonly microbatches: number;
  readonly spans: readonly ReportSpan[];
  /** By bin of the timeline: microbatches a second; null: none, or from before that was logged. */
  readonly work: readonly (number | null)[];
  readonly marks: readonly ReportMark[];
  /** Marks beyond those. */
  readonly moreMarks: number;
}

export const spanStates = ['there', 'hidden', 'paused', 'quarantined'] as const;
export interface ReportSpan {
  readonly from: number;
  readonly to: number;
  readonly state: (typeof spanStates)[number];
}

export const markKinds = [
  'joined',
  'left',
  'lost',
  'expired',
  'rejected',
  'givenBack',
  'restarted',
  'disputed',
  'quarantined',
  'pardoned',
  'unable',
] as const;
export interface ReportMark {
  readonly at: number;
  readonly kind: (typeof markKinds)[number];
  /** Why, as the log has it. */
  readonly reason?: string;
}
