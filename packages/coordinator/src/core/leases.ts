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
  if (draft.status === 'stopping' && !stepUnderWay(draft)) end(draft, false);
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
  if (draft.status === 'stopping' && !stepUnderWay(draft)) end(draft, false);
}

/** Takes an answered lease off its worker and learns from the time it took. */
export function closeLease(draft: Draft, lease: Lease, at: number): void {
  draft.leases.delete(lease.id);
  draft.worker(lease.worker, { lease: null });
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

/** Whether somebody in time is computing the open step. */
export function stepUnderWay(draft: Draft): boolean {
  for (const lease of draft.leases.values()) {
    if (lease.task.kind === 'step' && lease.version === draft.version && !lease.expired) return true;
  }
  return false;
}
