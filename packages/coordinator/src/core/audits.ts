/**
 * Audits: now and then a record is computed again by another worker. Mostly that is once its step is done, by a worker that
 * still holds its version: the next step begins with the others, so an audit costs what it computes, and nobody waits for
 * it. Where one worker has all of a step, nobody else holds the version; then an idle one computes some of it at the same
 * time. Where the two differ, both are suspects, and what they compute next is tried (`trials`).
 */
import { canAudit, draw, keyOf, recordsOf, unforeseen } from './audited-records.ts';
import { canWork } from './can-work.ts';
import type { Draft } from './draft.ts';
import type { Audit, BlockRun, CoreEvent, Lease, WorkerState } from './types.ts';

/** Steps on trial after the first dispute; each more doubles them, so that who lies seldom is on trial when it lies. */
const firstTrials = 8;
const mostTrials = 128;

/** Chooses some of the records that were just accepted. @returns the indices of those whose numbers are to be kept */
export function chooseAudits(
  draft: Draft,
  worker: number,
  parts: readonly BlockRun[],
  accepted: readonly number[],
): readonly number[] {
  const { probability } = draft.settings.audit;
  if (probability === 0 || !canAudit(draft)) return [];
  const { version, position, round } = draft;
  return accepted.filter((index) => {
    const { firstBlock, blocks } = parts[index];
    // The draw first: few records get further.
    if (unforeseen(draft, firstBlock, draw.chosen) >= probability) return false;
    if (draft.audits.some(isOf(version, parts[index])) || !othersHold(draft, version, worker)) return false;
    draft.audits = [...draft.audits, { version, position, round, firstBlock, blocks, worker, lease: null }];
    return true;
  });
}

/** Whether somebody else who can work holds the version, and so could compute the record again. */
function othersHold(draft: Draft, version: number, worker: number): boolean {
  for (const other of draft.workers.values()) {
    if (other.id !== worker && other.holds === version && canWork(draft, other)) return true;
  }
  return false;
}

/**
 * Where one worker has all of a step: which idle ones are to compute some of its records as well, at the same time.
 *
 * @param parts - blocks by worker
 * @param idle - workers that can take a lease and have none of the step
 */
export function auditsOfOne(
  draft: Draft,
  parts: ReadonlyMap<number, readonly number[]>,
  idle: readonly WorkerState[],
): readonly { readonly auditor: WorkerState; readonly audit: Audit }[] {
  const { probability } = draft.settings.audit;
  if (probability === 0 || parts.size !== 1 || idle.length === 0 || !canAudit(draft)) return [];
  const [[worker, blocks]] = parts;
  const { version, position, round } = draft;
  const chosen = recordsOf(draft.settings, blocks).filter(
    ([firstBlock]) => unforeseen(draft, firstBlock, draw.chosen) < probability,
  );
  const first = Math.floor(unforeseen(draft, 0, draw.auditor) * idle.length);
  return chosen.slice(0, idle.length).map((record, i) => {
    const audit = {
      version,
      position,
      round,
      firstBlock: record[0],
      blocks: record.length,
      worker,
      lease: null,
    };
    return { auditor: idle[(first + i) % idle.length], audit };
  });
}

const isOf =
  (version: number, run: BlockRun) =>
  (audit: Audit): boolean =>
    audit.version === version && keyOf(audit) === keyOf(run);

/** Parts of an update whose records are audited. @returns their indices */
export const auditedIn = (draft: Draft, { version }: Lease, parts: readonly BlockRun[]): readonly number[] =>
  parts.flatMap((part, index) => (draft.audits.some(isOf(version, part)) ? [index] : []));

/** Takes what a comparison came to. */
export function audited(draft: Draft, event: Extract<CoreEvent, { type: 'compared' }>): void {
  const { version, firstBlock, blocks, worker, agrees, differs } = event;
  const audit = draft.audits.find(isOf(version, event));
  if (audit === undefined) return;
  const first = agrees.length + differs.length === 0;
  // The first answer is kept until the other comes. An auditor that is so late that nothing is kept any more came in vain.
  if (first && (worker === audit.worker || version === draft.version)) return;
  draft.audits = draft.audits.filter((one) => one !== audit);
  if (differs.length === 0) return;
  const workers = [...differs, worker];
  draft.tell({ type: 'audit-disputed', version, firstBlock, blocks, workers });
  for (const id of workers) suspect(draft, id);
}

function suspect(draft: Draft, id: number): void {
  const known = draft.workers.get(id);
  if (known === undefined || known.quarantined !== null) return;
  const disputes = known.disputes + 1;
  draft.worker(id, { disputes });
  const least = Math.min(mostTrials, firstTrials * 2 ** (disputes - 1));
  // Nobody can tell when it is over.
  const trials = Math.ceil(least * (1 + unforeseen(draft, id, draw.trial)));
  draft.suspects = new Map(draft.suspects).set(id, trials);
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
