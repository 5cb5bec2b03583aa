/** What follows when a step is complete: the next one, a checkpoint, a sample sheet, the end. */
import { nextPosition } from '@gantry/shared';
import { freeWorkers } from './assign.ts';
import type { Draft } from './draft.ts';

export function completeStep(draft: Draft): void {
  const { settings } = draft;
  draft.effects.push({ type: 'apply', position: draft.position, version: draft.version });
  const before = draft.position;
  draft.position = nextPosition(before, settings.lengths);
  draft.version += 1;
  draft.done = draft.done.map(() => false);
  for (const worker of freeWorkers(draft)) draft.worker(worker.id, { passedOver: worker.passedOver + 1 });
  const iteration = draft.position.iteration;
  const closed = iteration > before.iteration;
  const last = iteration >= settings.iterations;
  if (closed && (last || iteration % settings.evaluateEvery === 0)) evaluate(draft);
  if (draft.status === 'stopping') {
    end(draft, false);
  } else if (last) {
    complete(draft);
  } else if (closed && iteration % settings.checkpointEvery === 0) {
    draft.effects.push({ type: 'checkpoint', position: draft.position, version: draft.version });
  }
}

/** All steps are done: what is left are sample sheets. */
export function complete(draft: Draft): void {
  draft.effects.push({ type: 'checkpoint', position: draft.position, version: draft.version });
  if (draft.evaluations.length === 0) end(draft, true);
  else draft.status = 'finishing';
}

export function end(draft: Draft, isComplete: boolean): void {
  if (!isComplete)
    draft.effects.push({ type: 'checkpoint', position: draft.position, version: draft.version });
  draft.status = 'ended';
  draft.effects.push({ type: 'end', complete: isComplete });
}

/** Asks for a sample sheet of the present version; a sheet still waiting for a worker gives way to it. */
export function evaluate(draft: Draft): void {
  const { iteration } = draft.position;
  for (const waiting of draft.evaluations) {
    if (waiting.lease === null) draft.tell({ type: 'evaluation-skipped', iteration: waiting.iteration });
  }
  draft.evaluations = [
    ...draft.evaluations.filter((e) => e.lease !== null),
    { version: draft.version, iteration, lease: null },
  ];
  draft.effects.push({ type: 'capture', version: draft.version, iteration });
}
