/** The life of a lease after it was granted: answered, given back, expired. */
import { remember } from './deadline.ts';
import type { Draft } from './draft.ts';
import { end } from './steps.ts';
import type { Lease } from './types.ts';

/** Weight of the newest lease in a worker's pace. */
const paceWeight = 0.3;

/** Takes the worker's lease from it, if it has one; the blocks can be leased again. */
export function dropLease(draft: Draft, worker: number, at: number): void {
  const id = draft.workers.get(worker)?.lease ?? null;
  if (id === null) return;
  const lease = draft.leases.get(id);
  draft.leases.delete(id);
  releaseEvaluation(draft, id);
  draft.worker(worker, { lease: null });
  if (lease && !lease.expired) {
    draft.count('expired');
    draft.tell({ type: 'lease-expired', worker, lease: id, after: at - lease.grantedAt });
  }
}

export function releaseEvaluation(draft: Draft, lease: number): void {
  draft.evaluations = draft.evaluations.map((e) => (e.lease === lease ? { ...e, lease: null } : e));
}

export function expireLeases(draft: Draft, at: number): void {
  for (const lease of draft.leases.values()) {
    if (lease.expired || lease.deadline > at) continue;
    draft.leases.set(lease.id, { ...lease, expired: true });
    releaseEvaluation(draft, lease.id);
    draft.count('expired');
    draft.tell({ type: 'lease-expired', worker: lease.worker, lease: lease.id, after: at - lease.grantedAt });
  }
}

/** Takes an answered lease off its worker and learns from the time it took. */
export function closeLease(draft: Draft, lease: Lease, at: number): void {
  draft.leases.delete(lease.id);
  draft.worker(lease.worker, { lease: null, failures: 0 });
  if (lease.task.kind !== 'step') return;
  const took = at - lease.grantedAt;
  draft.ratios = remember(draft.ratios, took / lease.expected);
  const worker = draft.workers.get(lease.worker);
  const perMicrobatch = took / (lease.task.blocks.length * draft.settings.microbatchesPerBlock);
  if (worker) {
    draft.worker(worker.id, {
      pace: Math.max(0.01, (1 - paceWeight) * worker.pace + paceWeight * perMicrobatch),
    });
  }
}

/**
 * What arrived for a lease cannot be right. What cannot be right once is not asked for again: the worker is put
 * aside until it reconnects and is tested anew.
 */
export function rejectLease(draft: Draft, lease: Lease, reason: string): void {
  draft.leases.delete(lease.id);
  releaseEvaluation(draft, lease.id);
  draft.count('rejected');
  draft.worker(lease.worker, { lease: null, stage: 'unable' });
  draft.tell({ type: 'lease-rejected', worker: lease.worker, lease: lease.id, reason });
}

/**
 * Tells training that diverged from a worker that computes wrongly: the numbers are not finite for two workers,
 * or for one that computed right before and is the last there is.
 */
export function suspectDivergence(draft: Draft, id: number): void {
  if (!draft.notFinite.includes(id)) draft.notFinite = [...draft.notFinite, id];
  // Late, paused, testing or gone for a moment: whoever may still answer is somebody else to ask.
  const others = [...draft.workers.values()].some(
    ({ id: other, stage, left, connected, backend }) =>
      other !== id && stage !== 'unable' && !left && (connected || backend !== null),
  );
  const proven = (draft.workers.get(id)?.microbatches ?? 0) > 0;
  if (draft.notFinite.length >= 2 || (proven && !others)) end(draft, 'diverged');
}

/** Whether somebody in time is computing the open step. */
export function stepUnderWay(draft: Draft): boolean {
  for (const lease of draft.leases.values()) {
    if (lease.task.kind === 'step' && lease.version === draft.version && !lease.expired) return true;
  }
  return false;
}
