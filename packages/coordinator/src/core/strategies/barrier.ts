/**
 * What strategies have in common that go on from one version to the next once all units are in: the blocks of a step, or the
 * slots of a round. They are shared out by pace, raced and audited; who computed what does not matter.
 */
import type { Position } from '@gantry/shared';
import { blocksOf } from '../audited-records.ts';
import { auditedIn, chooseAudits } from '../audits.ts';
import { stepDone } from '../controls.ts';
import type { Draft } from '../draft.ts';
import { freeWorkers } from '../grant.ts';
import { arrive, credit } from '../steps.ts';
import { opinionsIn, trialsAreDone } from '../trials.ts';
import type { BlockRun, CoreEvent, Lease } from '../types.ts';

/** Takes what is wanted of an answer. */
export function take(draft: Draft, lease: Lease, event: Extract<CoreEvent, { type: 'update' }>): void {
  // The first valid result of a block wins; a later one is the same to rounding, and not needed.
  const current = lease.version === draft.version && draft.status !== 'ended';
  const wanted = event.parts.flatMap((part, index) =>
    current && blocksOf(part).every((block) => !draft.done[block]) ? [index] : [],
  );
  // But where a record is audited or on trial.
  const opinions = new Set([
    ...(current ? opinionsIn(draft, event) : []),
    ...auditedIn(draft, lease, event.parts),
  ]);
  if (wanted.length === 0 && opinions.size === 0) {
    draft.count('duplicate');
    draft.tell({ type: 'lease-duplicate', worker: event.worker, lease: lease.id });
    return;
  }
  draft.count('completed');
  if (wanted.length > 0) accept(draft, lease, event.parts, wanted);
  for (const index of chooseAudits(draft, event.worker, event.parts, wanted)) opinions.add(index);
  for (const part of opinions) {
    const { worker } = event;
    draft.effects.push({ type: 'compare', worker, version: lease.version, part, ...event.parts[part] });
  }
}

/** @param wanted - the parts, by index */
function accept(
  draft: Draft,
  { id, worker }: Lease,
  parts: readonly BlockRun[],
  wanted: readonly number[],
): void {
  draft.effects.push({ type: 'accept', lease: id, worker, parts: wanted });
  let accepted = 0;
  for (const index of wanted) {
    for (const block of blocksOf(parts[index])) {
      draft.done[block] = true;
      accepted += draft.microbatchesPerBlock;
    }
  }
  draft.accepted = [...draft.accepted, { worker, microbatches: accepted }];
}

/**
 * Makes the next version where each unit is in and nothing about them is disputed.
 *
 * @param next - the position after the present one
 */
export function completeVersion(draft: Draft, next: (draft: Draft) => Position, at: number): void {
  if (!draft.done.every(Boolean) || !trialsAreDone(draft)) return;
  const { position: before, version, round } = draft;
  draft.effects.push({ type: 'apply', position: before, version, round, staleness: null });
  draft.position = next(draft);
  draft.version += 1;
  draft.done = draft.done.map(() => false);
  for (const { worker, microbatches } of draft.accepted) credit(draft, worker, microbatches);
  draft.accepted = [];
  draft.trials = [];
  draft.merged = 0;
  draft.notFinite = [];
  for (const worker of freeWorkers(draft)) draft.worker(worker.id, { passedOver: worker.passedOver + 1 });
  stepDone(draft, before, at);
  arrive(draft, before);
}
