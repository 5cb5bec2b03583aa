/** The life of a lease after it was granted: answered, given back, expired. */
import { reopen } from './ahead.ts';
import { remember } from './deadline.ts';
import type { Draft } from './draft.ts';
import { letAuditGo } from './audits.ts';
import { failPicture, releaseEvaluation } from './evaluations.ts';
import { quarantine } from './quarantine.ts';
import { measured } from './engage.ts';
import { restartStep, inLockStep } from './lock-step.ts';
import { end } from './steps.ts';
import type { Lease, RestartReason } from './types.ts';

/** Updates that cannot be right within so many steps, after which a worker is not tested anew once more. */
const mostRejections = 3;
/** In a run of weeks a graphics processor that slips once a day is no liar. */
const rememberedSteps = 1000;
/** Weight of the newest lease in a worker's pace. */
const paceWeight = 0.3;

/** Takes the worker's lease from it, if it has one; the blocks can be leased again. */
export function dropLease(draft: Draft, worker: number, at: number, reason: RestartReason): void {
  const id = draft.workers.get(worker)?.lease ?? null;
  if (id === null) return;
  const lease = draft.leases.get(id);
  if (lease) reopen(draft, lease);
  draft.leases.delete(id);
  releaseEvaluation(draft, id);
  letAuditGo(draft, id);
  draft.worker(worker, { lease: null });
  if (lease && !lease.expired) {
    draft.count('expired');
    draft.tell({ type: 'lease-expired', worker, lease: id, after: at - lease.grantedAt });
    if (inLockStep(draft, lease)) restartStep(draft, worker, reason);
  }
}

export function expireLeases(draft: Draft, at: number): void {
  const late: number[] = [];
  for (const lease of draft.leases.values()) {
    if (lease.expired || lease.deadline > at) continue;
    if (inLockStep(draft, lease)) {
      late.push(lease.worker);
      abandon(draft, lease, at);
    }
    reopen(draft, lease);
    draft.leases.set(lease.id, { ...lease, expired: true });
    releaseEvaluation(draft, lease.id);
    draft.count('expired');
    draft.tell({ type: 'lease-expired', worker: lease.worker, lease: lease.id, after: at - lease.grantedAt });
  }
  // Once all that are late are known: none of them is taken for free.
  if (late.length > 0) restartStep(draft, late[0], 'expired');
}

/**
 * An answer will not be taken any more. Nor will it tell how long the lease takes: the worker is taken to be so slow
 * that it was just about to answer. A slow one that is alone gets twice the time with each lease.
 */
function abandon(draft: Draft, lease: Lease, at: number): void {
  draft.effects.push({ type: 'revoke', worker: lease.worker, lease: lease.id });
  const pace = ownTime(lease, at) / microbatchesOf(draft, lease);
  draft.worker(lease.worker, {
    revoked: lease.id,
    pace: Math.max(draft.workers.get(lease.worker)?.pace ?? 0, pace),
  });
}

/** Milliseconds that the worker itself took, without those in which it waited for others. */
const ownTime = (lease: Lease, at: number): number => lease.worked + at - lease.since;

const microbatchesOf = (draft: Draft, { task }: Lease): number =>
  task.kind === 'step' ? task.blocks.length * draft.microbatchesPerBlock : task.microbatches;

/** Frees the worker of a lease whose answer is not wanted any more. */
export function discardLease(draft: Draft, lease: Lease): void {
  draft.leases.delete(lease.id);
  draft.worker(lease.worker, { lease: null, revoked: lease.id });
  draft.count('duplicate');
  draft.tell({ type: 'lease-duplicate', worker: lease.worker, lease: lease.id });
}

/**
 * Takes an answered lease off its worker and learns from the time it took.
 *
 * @param computed - milliseconds of it that the worker computed; the rest took its link
 */
export function closeLease(draft: Draft, lease: Lease, at: number, computed = Infinity): void {
  draft.leases.delete(lease.id);
  draft.worker(lease.worker, { lease: null, failures: 0 });
  if (lease.task.kind !== 'step') return;
  const took = ownTime(lease, at);
  draft.ratios = remember(draft.ratios, took / lease.expected);
  const worker = draft.workers.get(lease.worker);
  if (!worker) return;
  // In lock step both go on in turns, and cannot be told apart. Nobody's clock is taken for more than there was.
  const compute = lease.contributed > 0 ? took : Math.min(took, computed);
  const perMicrobatch = compute / microbatchesOf(draft, lease);
  draft.worker(worker.id, {
    pace: Math.max(0.01, (1 - paceWeight) * worker.pace + paceWeight * perMicrobatch),
  });
  // A laptop that was asleep tells nothing of its link.
  if (lease.bytes === 0 || lease.contributed > 0 || lease.expired) return;
  const perByte = (took - compute) / lease.bytes;
  const weight = worker.link === 0 ? 1 : paceWeight;
  draft.worker(worker.id, {
    link: (1 - weight) * worker.link + weight * perByte,
    sharers: (1 - weight) * worker.sharers + weight * lease.engaged,
  });
  draft.linkTimes = measured(draft.linkTimes, lease.engaged, perByte);
}

/**
 * What arrived for a lease cannot be right. What cannot be right once is not asked for again: the worker is put
 * aside until it reconnects and is tested anew, and for good after some times within as many steps as are remembered.
 */
export function rejectLease(draft: Draft, lease: Lease, reason: string, at: number): void {
  const before = draft.workers.get(lease.worker)?.rejections ?? [];
  const rejections = [...before.filter((one) => draft.version - one < rememberedSteps), draft.version];
  reopen(draft, lease);
  draft.leases.delete(lease.id);
  failPicture(draft, lease.id);
  releaseEvaluation(draft, lease.id);
  letAuditGo(draft, lease.id);
  draft.count('rejected');
  draft.worker(lease.worker, { lease: null, stage: 'unable', rejections });
  draft.tell({ type: 'lease-rejected', worker: lease.worker, lease: lease.id, reason });
  if (inLockStep(draft, lease)) restartStep(draft, lease.worker, 'rejected');
  const { length } = rejections;
  if (length < mostRejections) return;
  quarantine(draft, lease.worker, `${length} of its updates could not be right. The last: ${reason}`, at);
}

/**
 * Tells training that diverged from a worker that computes wrongly: the numbers are not finite for two workers that
 * computed right before, or for the last there are. Newcomers cannot end a run of others by saying so.
 */
export function suspectDivergence(draft: Draft, id: number): void {
  if (!draft.notFinite.includes(id)) draft.notFinite = [...draft.notFinite, id];
  const { notFinite: suspects } = draft;
  // Late, paused, testing or gone for a moment: whoever may still answer is somebody else to ask.
  const others = [...draft.workers.values()].some(
    ({ id: other, stage, left, connected, backend, quarantined, trains }) =>
      !suspects.includes(other) &&
      trains &&
      stage !== 'unable' &&
      quarantined === null &&
      !left &&
      (connected || backend !== null),
  );
  const proven = suspects.filter((suspect) => (draft.workers.get(suspect)?.microbatches ?? 0) > 0);
  const alone = !others && (proven.length > 0 || suspects.length >= 2);
  if (proven.length >= 2 || alone) end(draft, 'diverged');
}
