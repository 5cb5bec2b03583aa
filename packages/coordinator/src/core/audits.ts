/**
 * Audits: now and then a record is computed again by another worker, once its step is done. The auditor still holds the
 * version, and the next step begins with the others; so an audit costs what it computes, and nobody waits for it. Where the
 * two differ, both are suspects, and what they compute next is tried (`trials`).
 */
import { canAudit, draw, keyOf, unforeseen } from './audited-records.ts';
import { canWork } from './can-work.ts';
import type { Draft } from './draft.ts';
import type { Audit, BlockRun, CoreEvent, Lease, WorkerState } from './types.ts';

/** Chooses some of the records that were just accepted. @returns their indices */
export function chooseAudits(
  draft: Draft,
  worker: number,
  parts: readonly BlockRun[],
  accepted: readonly number[],
): readonly number[] {
  const { probability } = draft.settings.audit;
  if (probability === 0 || !canAudit(draft) || !othersCanWork(draft, worker)) return [];
  const { version, position, round } = draft;
  return accepted.filter((index) => {
    const { firstBlock, blocks } = parts[index];
    if (unforeseen(draft, firstBlock, draw.chosen) >= probability) return false;
    draft.audits = [...draft.audits, { version, position, round, firstBlock, blocks, worker, lease: null }];
    return true;
  });
}

const othersCanWork = (draft: Draft, worker: number): boolean =>
  [...draft.workers.values()].some((other) => other.id !== worker && canWork(draft, other));

const isOf =
  (version: number, run: BlockRun) =>
  (audit: Audit): boolean =>
    audit.version === version && keyOf(audit) === keyOf(run);

/** Parts of an update whose records are audited. @returns their indices */
export const auditedIn = (draft: Draft, lease: Lease, parts: readonly BlockRun[]): readonly number[] =>
  parts.flatMap((part, index) => {
    const audit = draft.audits.find(isOf(lease.version, part));
    return audit !== undefined && audit.worker !== lease.worker ? [index] : [];
  });

/** Takes what a comparison came to. */
export function audited(draft: Draft, event: Extract<CoreEvent, { type: 'compared' }>): void {
  const { version, firstBlock, blocks, worker, agrees, differs } = event;
  const audit = draft.audits.find(isOf(version, event));
  if (audit === undefined || agrees.length + differs.length === 0) return;
  draft.audits = draft.audits.filter((one) => one !== audit);
  if (!differs.includes(audit.worker)) return;
  const workers = [audit.worker, worker];
  draft.tell({ type: 'audit-disputed', version, firstBlock, blocks, workers });
  draft.suspects = [...new Set([...draft.suspects, ...workers])];
}

/**
 * Who is to compute which audited record again. Records for which nobody is free who holds their version are let go: the
 * next step does not wait.
 *
 * @param free - workers that can take a lease
 */
export function auditorsFor(
  draft: Draft,
  free: readonly WorkerState[],
): readonly { readonly auditor: WorkerState; readonly audit: Audit }[] {
  const waiting = draft.audits.filter(({ version, lease }) => lease === null && version < draft.version);
  if (waiting.length === 0) return [];
  const chosen: { auditor: WorkerState; audit: Audit }[] = [];
  for (const audit of waiting) {
    const able = free.filter(
      ({ id, holds }) =>
        id !== audit.worker && holds === audit.version && !chosen.some(({ auditor }) => auditor.id === id),
    );
    // Somebody is to begin the next step.
    if (able.length === 0 || chosen.length + 1 >= free.length) continue;
    const choice = unforeseen(draft, audit.firstBlock, draw.auditor);
    chosen.push({ auditor: able[Math.floor(choice * able.length)], audit });
  }
  draft.audits = draft.audits.filter(
    (audit) => !waiting.includes(audit) || chosen.some((one) => one.audit === audit),
  );
  return chosen;
}

/** An audit whose lease will not be answered is let go. */
export function letAuditGo(draft: Draft, lease: number): void {
  draft.audits = draft.audits.filter((audit) => audit.lease !== lease);
}
