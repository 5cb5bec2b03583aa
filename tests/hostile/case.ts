/** A bad input, and what it comes to. The table of docs/reliability.md is made of these. */
import { errorRegistry, type ErrorCode, type EvaluateMessage, type LeaseMessage } from '@gantry/shared';
import type { Bytes, Place } from '../support/frames.ts';
import type { RawWorker } from '../support/raw-worker.ts';

/** What a peer has in hand when it misbehaves. */
export interface Peer extends Place {
  readonly worker: RawWorker;
  /** The lease of the step, or of the sheet, that it holds; where the case is not about one, a lease that nobody has. */
  readonly lease: LeaseMessage;
  readonly sheet: EvaluateMessage;
  /** A lease that somebody else holds. */
  readonly theirs: LeaseMessage;
}

export interface Case {
  /** In words that follow on "a worker that sends", for frames and messages alike. */
  readonly input: string;
  readonly error: ErrorCode;
  /** Where `ws` itself closes: with what. */
  readonly close?: number;
  /** What it says, in part; where the error alone does not tell that it is the right one. */
  readonly says?: string;
  send(peer: Peer): string | Bytes | void;
}

/**
 * - `disconnected`: the connection ends with the error's close code.
 * - `refused`: it is told; the connection stays, and its lease, if it has one.
 * - `put aside`: its lease goes to others; the connection ends, and it may come back to be tested anew.
 */
export type Effect = 'disconnected' | 'refused' | 'put aside';

/** @param held - whether the input is about a lease that the peer holds */
export function effectOf(one: Case, held: boolean): Effect {
  if (closeOf(one) !== null) return 'disconnected';
  return held ? 'put aside' : 'refused';
}

/** The close code of the error itself; null where it has none. */
export function closeOf({ error, close }: Pick<Case, 'error' | 'close'>): number | null {
  const entry: { close?: number } = errorRegistry[error];
  return close ?? entry.close ?? null;
}
