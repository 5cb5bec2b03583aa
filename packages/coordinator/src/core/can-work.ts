/** Who can have a lease. */
import type { CoreState, WorkerState } from './types.ts';

/** Whether the worker is there, tested, trusted, willing and not beyond its deadline. */
export function canDraw(state: Pick<CoreState, 'leases'>, worker: WorkerState): boolean {
  const { connected, stage, availability, lease, quarantined } = worker;
  if (!connected || stage !== 'ready' || availability === 'paused' || quarantined !== null) return false;
  return lease === null || state.leases.get(lease)?.expired === false;
}

/** Whether it can also have a part of a step. */
export const canWork = (state: Pick<CoreState, 'leases'>, worker: WorkerState): boolean =>
  worker.trains && canDraw(state, worker);

/** Workers that can have a part of a step, or are at one and in time. */
export function readyWorkers(state: Pick<CoreState, 'leases' | 'workers'>): number {
  let ready = 0;
  for (const worker of state.workers.values()) if (canWork(state, worker)) ready += 1;
  return ready;
}
