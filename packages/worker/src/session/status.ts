/** What a session tells its page (or its terminal) about itself. Plain data: it crosses from the Web Worker by structured clone. */
import type { BackendTest, ErrorCode, FaultKind, PhaseName, RunStatus, Waiting } from '@gantry/shared';

export type SessionState =
  /** Reaching the coordinator, for the first time or again. */
  | 'connecting'
  /** Known-answer test and timing of this machine's backends. */
  | 'testing'
  /** Ready, nothing to do. */
  | 'waiting'
  /** Computing a lease. */
  | 'computing'
  /** Drawing a sample sheet. */
  | 'sampling'
  /** Stopped by its user; keeps its place. */
  | 'paused'
  /** The tab is in the background. */
  | 'hidden'
  /** What it sent was wrong: it gets no work until it is pardoned; `detail` says why. */
  | 'quarantined'
  /** The coordinator refused it (wrong join code, say); `detail` says why; it does not try again by itself. */
  | 'refused'
  /** No backend computes right; `detail` and `tests` say why. */
  | 'unable'
  /** Its user left. */
  | 'left'
  /** The run is over; it draws pictures that the presenter asks for, until the coordinator closes. */
  | 'staying'
  /** The run is over, and so is the connection. */
  | 'finished';

/** What there is to say besides the state: in English, and by the registry's code for catalogues of other languages. */
export interface Detail {
  readonly code: ErrorCode;
  readonly message: string;
}

/** What it computes. */
export interface TaskShown {
  readonly phase: PhaseName;
  /** Among the steps of its phase, from 0. */
  readonly step: number;
  /** Blocks, or slots. */
  readonly blocks: number;
}

export interface SessionStatus {
  readonly state: SessionState;
  readonly detail: Detail | null;
  readonly name: string | null;
  readonly worker: number | null;
  readonly preset: string | null;
  readonly backend: BackendTest['backend'] | null;
  /** Of the backend; null while there is none. */
  readonly threads: number | null;
  readonly tests: readonly BackendTest[];
  readonly millisecondsPerMicrobatch: number | null;
  /** Its backend is too coarse to train. */
  readonly sheetsOnly: boolean;
  /** What it computes, or computed last. */
  readonly task: TaskShown | null;
  /** Share of the time in which it is to compute, above 0, at most 1. */
  readonly load: number;
  /** Why it is quarantined; null: it is not. */
  readonly quarantined: string | null;
  /** What it plays because the presenter asked for it; null: nothing. */
  readonly fault: FaultKind | null;
  /** Seconds of this machine's latest sleep; null: it has not slept since it joined. */
  readonly slept: number | null;
  readonly runStatus: RunStatus | null;
  /** What it waits for where it has nothing to do, as the coordinator said last. */
  readonly waiting: Waiting | null;
  /** Iterations done, and in all. */
  readonly iteration: number;
  readonly iterations: number;
  /** Workers in the run. */
  readonly workers: number;
  /** This worker's place by microbatches, from 1; null while unknown. */
  readonly rank: number | null;
  /** This worker's part of all microbatches, 0 to 1. */
  readonly share: number;
  /** This worker's microbatches. */
  readonly microbatches: number;
  /** Parameter version and checksum of the replica. */
  readonly version: number | null;
  readonly replicaChecksum: number | null;
  /** Live tensors on the backend. */
  readonly tensors: number;
  readonly bytes: { readonly up: number; readonly down: number };
}

/** Before the first word of the session. */
export const nothingYet: SessionStatus = {
  state: 'connecting',
  detail: null,
  name: null,
  worker: null,
  preset: null,
  backend: null,
  threads: null,
  tests: [],
  millisecondsPerMicrobatch: null,
  sheetsOnly: false,
  task: null,
  load: 1,
  quarantined: null,
  fault: null,
  slept: null,
  runStatus: null,
  waiting: null,
  iteration: 0,
  iterations: 0,
  workers: 0,
  rank: null,
  share: 0,
  microbatches: 0,
  version: null,
  replicaChecksum: null,
  tensors: 0,
  bytes: { up: 0, down: 0 },
};

/** The newest sample sheet: an image's address, or points [x, y]. */
export interface Sheet {
  readonly iteration: number;
  readonly url?: string | undefined;
  readonly points?: readonly (readonly [number, number])[] | undefined;
}

export interface SessionOptions {
  /** The coordinator's origin, `http://host:port`. */
  readonly url: string;
  readonly kind: 'tab' | 'headless';
  readonly name?: string | undefined;
  readonly joinCode?: string | undefined;
  /** From an earlier visit, to be the same worker again. */
  readonly token?: string | undefined;
  /** Backends to try, of those that work here; all of them without it. */
  readonly backends?: readonly BackendTest['backend'][] | undefined;
  /** Threads of wasm; what is worth trying here without it. */
  readonly threads?: number | undefined;
  /** Share of the time in which it is to compute, above 0, at most 1; all of it without this. */
  readonly load?: number | undefined;
  /** Stays after the run's end, to draw what the presenter asks for; without it, it leaves. */
  readonly stays?: boolean | undefined;
}

/** What a session calls back with. */
export interface SessionListener {
  status(status: SessionStatus): void;
  sheet(sheet: Sheet): void;
  /** To be kept, and given as `token` on the next visit. */
  token(token: string): void;
}

/** What a page or terminal can do with a session. */
export interface SessionControl {
  /** Stops taking leases (`paused`: by its user; `hidden`: in the background), or takes them again (`working`). */
  setAvailability(state: 'working' | 'paused' | 'hidden'): void;
  /** Computes only in this share of the time. @param load - above 0, at most 1 */
  setLoad(load: number): void;
  /** Takes another name: the coordinator says under which it goes then, which is its own where it had given one. */
  rename(name: string): void;
  /** Gives leases back and leaves for good. */
  leave(): void;
}
