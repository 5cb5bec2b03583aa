/** Who gets which lease. */
import { canDraw, readyWorkers } from './can-work.ts';
import type { Draft } from './draft.ts';
import { isPressing, waitingEvaluations } from './evaluations.ts';
import { freeWorkers, grant } from './grant.ts';
import { strategyOf } from './strategies/index.ts';
import type { WorkerState } from './types.ts';

/**
 * Gives leases to whoever is free: sample sheets first (a sheet is one lease, a step many), then blocks, then pictures. After
 * the end of the run only pictures.
 */
export function assign(draft: Draft, at: number): void {
  // Once begun, a run goes on with fewer; and what lacks but its last sheet needs no crowd.
  if (draft.status === 'running' && readyWorkers(draft) < draft.waitFor) return;
  if (draft.controls.going !== 'lobby') draft.waitFor = 0;
  assignEvaluations(draft, at, false);
  if (draft.status === 'running' || draft.status === 'stopping') {
    strategyOf(draft.settings).assign(draft, freeWorkers(draft), at);
  }
  assignEvaluations(draft, at, true);
}

/** @param idle - whoever is free now has nothing to do for the step */
function assignEvaluations(draft: Draft, at: number, idle: boolean): void {
  for (const evaluation of waitingEvaluations(draft)) {
    const drawer = freeDrawer(draft) ?? (idle || isPressing(evaluation, at) ? slowestFree(draft) : undefined);
    if (drawer === undefined) continue;
    const { iteration, picture, microbatches, version } = evaluation;
    const lease = grant(
      draft,
      drawer,
      { kind: 'evaluation', iteration, picture, microbatches },
      { version, round: null, position: draft.position },
      at,
      { expected: drawer.pace * microbatches, bytes: 0, engaged: 1, raceAt: Infinity },
    );
    draft.evaluations = draft.evaluations.map((e) => (e === evaluation ? { ...e, lease } : e));
  }
}

/** Who does nothing else is not missed in the step. */
const freeDrawer = (draft: Draft): WorkerState | undefined =>
  [...draft.workers.values()].find((one) => !one.trains && canDraw(draft, one) && one.lease === null);

/** Is missed least in it. */
function slowestFree(draft: Draft): WorkerState | undefined {
  const [first, ...others] = freeWorkers(draft);
  return others.reduce((a, b) => (b.pace > a.pace ? b : a), first);
}
