/** Workers that computed wrongly get no more work until the presenter pardons them, also when they come back. */
import { reopen } from './ahead.ts';
import { letAuditGo } from './audits.ts';
import type { Draft } from './draft.ts';
import { releaseEvaluation } from './evaluations.ts';

export function quarantine(draft: Draft, id: number, reason: string, at: number): void {
  const worker = draft.workers.get(id);
  if (worker === undefined || worker.quarantined !== null) return;
  const lease = worker.lease === null ? undefined : draft.leases.get(worker.lease);
  if (lease) {
    reopen(draft, lease);
    draft.leases.delete(lease.id);
    releaseEvaluation(draft, lease.id);
    letAuditGo(draft, lease.id);
    draft.count('revoked');
    draft.tell({ type: 'lease-expired', worker: id, lease: lease.id, after: at - lease.grantedAt });
  }
  draft.worker(id, { quarantined: reason, lease: null, revoked: lease?.id ?? worker.revoked });
  draft.suspects = new Map([...draft.suspects].filter(([suspect]) => suspect !== id));
  draft.countWorker('quarantined');
  draft.tell({ type: 'worker-quarantined', worker: id, reason });
}

/** It is trusted again, once it has been tested anew. */
export function pardon(draft: Draft, id: number): void {
  const worker = draft.workers.get(id);
  if (worker === undefined || worker.quarantined === null) return;
  draft.worker(id, { quarantined: null, rejections: [], disputes: 0, stage: 'testing' });
  draft.tell({ type: 'worker-pardoned', worker: id });
}
