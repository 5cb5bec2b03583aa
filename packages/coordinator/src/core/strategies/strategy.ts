/** How a run gets from one version to the next: what is leased, what becomes of answers, when a version is made. */
import type { AdvanceUnit, Round } from '@gantry/shared';
import type { Draft } from '../draft.ts';
import type { CoreEvent, Lease, WorkerState } from '../types.ts';

export interface Strategy {
  /** By what the presenter can let it go on. */
  readonly units: readonly AdvanceUnit[];
  /** Why phases, their lengths and learning rates cannot be set live; null: they can. */
  readonly fixed: string | null;
  /** What each slot computes between the present version and the next; null where what is leased is of a step. */
  round(state: Pick<Draft, 'settings' | 'position'>): Round | null;
  /** Leases what may be leased. @param free - workers that can take a lease */
  assign(draft: Draft, free: readonly WorkerState[], at: number): void;
  /** Takes a valid answer to a lease, which is closed. */
  answered(draft: Draft, lease: Lease, event: Extract<CoreEvent, { type: 'update' }>): void;
  /** Makes the next version, where what it waits for is there. Asked after each event. */
  advance(draft: Draft, at: number): void;
}
