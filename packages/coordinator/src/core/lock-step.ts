/**
 * Steps whose workers exchange statistics in mid-pass. All blocks are leased at once; an exchange is complete when every
 * lease has contributed to it. So whoever comes in mid-step finds nothing to lease. Without one of them nobody gets further:
 * then the step begins anew, with the same seeds and so with the same result.
 */
import { allowance } from './deadline.ts';
import type { Draft } from './draft.ts';
import type { CoreEvent, CoreState, Lease, RestartReason } from './types.ts';

/** Exchanges of the step that is being computed; 0 where it is not computed in lock step. */
export const exchangesAhead = ({ settings, position }: Pick<CoreState, 'settings' | 'position'>): number =>
  settings.exchanges[position.phase];

/** Whether the others on the step wait for this lease. */
export const inLockStep = (draft: Draft, lease: Lease): boolean =>
  exchangesAhead(draft) > 0 && ofOpenStep(draft, lease);

const ofOpenStep = (draft: Draft, { task, version, expired }: Lease): boolean =>
  task.kind === 'step' && (version === draft.version || draft.ahead !== null) && !expired;

/** Whether somebody in time is computing the open step, or all of it is in and being compared. */
export function stepUnderWay(draft: Draft): boolean {
  if (draft.done.every(Boolean)) return true;
  for (const lease of draft.leases.values()) if (ofOpenStep(draft, lease)) return true;
  return false;
}

/** What is wrong with a contribution of this lease; null: nothing. */
export function whatIsWrongWith(
  draft: Draft,
  lease: Lease,
  { version, phase, exchange }: Extract<CoreEvent, { type: 'contributed' }>,
): string | null {
  if (!inLockStep(draft, lease)) return 'its step has no exchanges';
  if (lease.version !== version) return `version ${version}, leased was ${lease.version}`;
  if (phase !== draft.position.phase) return `it is of the ${phase} phase`;
  if (lease.contributed > draft.merged) return `exchange ${exchange} before the answer to ${draft.merged}`;
  return exchange === draft.merged ? null : `exchange ${exchange}, the next one is ${draft.merged}`;
}

/** Takes a contribution. With the last one the exchange is complete, and everybody goes on. */
export function contribute(draft: Draft, lease: Lease, at: number): void {
  const exchange = draft.merged;
  draft.effects.push({ type: 'take', lease, exchange });
  draft.leases.set(lease.id, {
    ...lease,
    contributed: exchange + 1,
    worked: lease.worked + at - lease.since,
    since: at,
    deadline: Infinity,
  });
  const all = [...draft.leases.values()].filter((one) => inLockStep(draft, one));
  if (all.some(({ contributed }) => contributed <= exchange)) return;
  draft.merged = exchange + 1;
  for (const one of all) {
    const deadline = at + allowance(one.expected, draft.ratios);
    draft.leases.set(one.id, { ...one, since: at, deadline });
  }
  const workers = all.map(({ worker }) => worker);
  const { position, version } = draft;
  draft.effects.push({ type: 'merge', phase: position.phase, version, exchange, workers });
}

/** Calls the step's leases off; all its blocks can be leased again. @param lost - the worker it cannot go on without */
export function restartStep(draft: Draft, lost: number, reason: RestartReason): void {
  for (const lease of draft.leases.values()) {
    if (!inLockStep(draft, lease)) continue;
    draft.leases.delete(lease.id);
    draft.worker(lease.worker, { lease: null, revoked: lease.id });
    draft.count('revoked');
    draft.effects.push({ type: 'revoke', worker: lease.worker, lease: lease.id });
  }
  forgetStep(draft, lost, reason);
}

/** What was taken for the step comes to nothing. Leases that are still out keep their blocks. */
export function forgetStep(draft: Draft, lost: number, reason: RestartReason): void {
  const { version, position, merged } = draft;
  draft.count('completed', -draft.accepted.length);
  draft.count('revoked', draft.accepted.length);
  draft.accepted = [];
  draft.trials = [];
  draft.audits = draft.audits.filter((audit) => audit.version !== version);
  draft.done = draft.done.map(() => false);
  draft.merged = 0;
  const { phase } = position;
  draft.effects.push({ type: 'restart', phase });
  draft.tell({ type: 'step-restarted', version, phase, worker: lost, reason, exchanges: merged });
}
