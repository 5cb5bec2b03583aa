/** Gives a worker a lease. */
import { canWork } from './can-work.ts';
import { allowance } from './deadline.ts';
import type { Draft } from './draft.ts';
import type { Lease, WorkerState } from './types.ts';

/**
 * Workers that can take a lease now. Hidden tabs, which browsers slow down, are asked when nobody else is there
 * who answers.
 */
export function freeWorkers(draft: Draft): WorkerState[] {
  const fit = [...draft.workers.values()].filter((worker) => canWork(draft, worker));
  const visible = fit.filter((worker) => worker.availability === 'working');
  return (visible.length > 0 ? visible : fit).filter((worker) => worker.lease === null);
}

/** What a lease is of: the open step, an earlier one that is audited, or one of several that are computed at a time. */
export type StepOf = Pick<Draft, 'version' | 'position' | 'round'>;

export function grant(
  draft: Draft,
  worker: WorkerState,
  task: Lease['task'],
  { version, position, round }: StepOf,
  at: number,
  cost: Pick<Lease, 'expected' | 'bytes' | 'engaged' | 'raceAt'>,
): number {
  const id = draft.nextLease;
  draft.nextLease += 1;
  const lease: Lease = {
    id,
    worker: worker.id,
    task,
    version,
    position,
    round,
    grantedAt: at,
    ...cost,
    deadline: at + allowance(cost.expected, draft.ratios),
    expired: false,
    raced: false,
    contributed: 0,
    since: at,
    worked: 0,
  };
  draft.leases.set(id, lease);
  const step = task.kind === 'step';
  draft.worker(worker.id, {
    lease: id,
    passedOver: step ? 0 : worker.passedOver,
    fresh: step ? false : worker.fresh,
    holds: step ? version : worker.holds,
  });
  draft.count('granted');
  draft.effects.push({ type: 'lease', lease, position });
  return id;
}
