/**
 * Asynchronous training with bounded staleness: a lease is a whole step, and what it comes to is applied as soon as it
 * comes (X. Lian et al., "Asynchronous parallel stochastic gradient for nonconvex optimization", NeurIPS 2015). Where other
 * steps have been applied since it was given, it is stale by as many versions τ; its learning rate is multiplied by
 * (1 + τ)^−exponent (W. Zhang et al., "Staleness-aware async-SGD for distributed deep learning", IJCAI 2016, with 1/τ), and
 * beyond the bound it is dropped and its step leased again.
 *
 * Steps are given in the order of the schedule, whoever asks: so those of both phases are out at once, in the schedule's
 * proportion, and nobody waits between phases. A discriminator step is computed against the generator as it was when the
 * lease was given. Each step is applied once, on examples and latent vectors of its own.
 *
 * Not exact: the result depends on the order in which answers come. Nothing can be audited, since a record is its lease's.
 */
import { nextPosition, type Position, type RunConfig } from '@gantry/shared';
import { settle, stepsOut } from '../ahead.ts';
import { lengthsNow, stepDone } from '../controls.ts';
import type { Draft } from '../draft.ts';
import { candidateOf, contention } from '../engage.ts';
import { grant } from '../grant.ts';
import { arrive, credit } from '../steps.ts';
import type { Ahead, Lease, WorkerState } from '../types.ts';
import type { Strategy } from './strategy.ts';

type Asynchronous = Extract<RunConfig['strategy'], { kind: 'asynchronous' }>;

export const asynchronous = ({ bound }: Asynchronous): Strategy => ({
  units: ['step', 'phase', 'iteration'],
  fixed: null,
  round: () => null,
  assign(draft, free, at) {
    for (const worker of free) {
      const position = mayBegin(draft, bound) ? takeStep(draft) : null;
      if (position === null) return;
      leaseStep(draft, worker, position, at);
    }
  },
  answered(draft, lease, { at }) {
    if (!claim(draft, lease)) {
      draft.count('duplicate');
      draft.tell({ type: 'lease-duplicate', worker: lease.worker, lease: lease.id });
      return;
    }
    const staleness = draft.version - lease.version;
    if (staleness > bound) dropStale(draft, lease, staleness);
    else apply(draft, lease, staleness, at);
  },
  advance: () => undefined,
});

/**
 * More than bound + 1 steps at a time would be computed in vain on equal machines: each would be too stale. While the
 * presenter lets the run go on by units, one step is out at a time.
 */
function mayBegin(draft: Draft, bound: number): boolean {
  const { going, opensAt } = draft.controls;
  if (draft.status !== 'running' || going === 'lobby' || going === 'paused' || opensAt > 0) return false;
  return stepsOut(draft) < (going === 'on' ? bound + 1 : 1);
}

/** The step that is leased next: one that was lost, or the next of the schedule; null: there is none. */
function takeStep(draft: Draft): Position | null {
  const { again, next } = ahead(draft);
  const [lost, ...others] = again;
  if (lost !== undefined) {
    draft.ahead = { next, again: others };
    return lost;
  }
  if (next.iteration >= draft.settings.iterations) return null;
  draft.ahead = { next: nextPosition(next, lengthsNow(draft)), again };
  return next;
}

function leaseStep(draft: Draft, worker: WorkerState, position: Position, at: number): void {
  const { blocks: count, traffic: ofPhases } = draft.settings;
  const traffic = ofPhases[position.phase];
  const engaged = stepsOut(draft) + 1;
  const compute = worker.pace * draft.microbatchesPerBlock;
  const exponent = contention(draft.linkTimes);
  const { fixed, each } = candidateOf({ ...worker, compute }, traffic, engaged, exponent);
  const blocks = Array.from({ length: count }, (_, block) => block);
  grant(draft, worker, { kind: 'step', blocks }, { version: draft.version, position, round: null }, at, {
    expected: fixed + each * count,
    bytes: worker.fresh ? 0 : traffic.down + traffic.up * count,
    engaged,
    // Nobody waits for it; past its deadline its step is leased again.
    raceAt: Infinity,
  });
}

/** Whether the step of an answered lease is still to be applied. One past its deadline may have been leased again. */
function claim(draft: Draft, { expired, position }: Lease): boolean {
  if (draft.status === 'ended') return false;
  if (!expired) return true;
  const { next, again } = ahead(draft);
  if (!again.includes(position)) return false;
  draft.ahead = { next, again: again.filter((lost) => lost !== position) };
  return true;
}

function dropStale(draft: Draft, { id, worker, position }: Lease, staleness: number): void {
  const { next, again } = ahead(draft);
  draft.ahead = { next, again: [position, ...again] };
  draft.count('stale');
  draft.tell({ type: 'lease-stale', worker, lease: id, staleness });
}

function apply(draft: Draft, { id, worker, position }: Lease, staleness: number, at: number): void {
  const { position: before, version, settings } = draft;
  draft.count('completed');
  draft.effects.push({ type: 'accept', lease: id, worker, parts: [0] });
  draft.effects.push({ type: 'apply', position, version, round: null, staleness });
  credit(draft, worker, settings.blocks * draft.microbatchesPerBlock);
  draft.version += 1;
  draft.notFinite = [];
  settle(draft);
  stepDone(draft, before, at);
  arrive(draft, before);
}

/** Its state always has one. */
const ahead = (draft: Draft): Ahead => draft.ahead ?? { next: draft.position, again: [] };
