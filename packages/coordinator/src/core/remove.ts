/** The presenter sends a worker away: it is nobody any more, but what it computed stays part of the run. */
import type { Draft } from './draft.ts';
import { dropLease } from './leases.ts';

export function remove(draft: Draft, id: number, at: number): void {
  const worker = draft.workers.get(id);
  if (worker === undefined) return;
  dropLease(draft, id, at, 'left');
  draft.workers.delete(id);
  draft.suspects = new Map([...draft.suspects].filter(([suspect]) => suspect !== id));
  draft.tell({ type: 'worker-removed', worker: id, name: worker.name });
}
