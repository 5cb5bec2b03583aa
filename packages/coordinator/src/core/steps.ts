/** What follows when a step is complete: a checkpoint, a sample sheet, the end. */
import { rebalance, type Position } from '@gantry/shared';
import { lengthsNow } from './controls.ts';
import type { Draft } from './draft.ts';
import { askForSheet, sheetsAreDone } from './evaluations.ts';
import { stepUnderWay } from './lock-step.ts';
import type { Outcome } from './types.ts';

/** What is due at the present position, and was not at the one before. */
export function arrive(draft: Draft, before: Position): void {
  const { settings } = draft;
  const iteration = draft.position.iteration;
  const closed = iteration > before.iteration;
  // A round may pass the iteration that is due.
  const due = (every: number): boolean =>
    Math.floor(iteration / every) > Math.floor(before.iteration / every);
  const last = iteration >= settings.iterations;
  if (closed && !last) adapt(draft);
  // Where it pauses there is one: who goes on by single iterations wants to see what each of them did.
  const pausing = draft.controls.going === 'paused';
  if (closed && (last || pausing || due(settings.evaluateEvery))) askForSheet(draft);
  if (draft.status === 'stopping' && !stepUnderWay(draft)) {
    end(draft, 'stopped');
  } else if (last) {
    complete(draft);
  } else if (due(settings.checkpointEvery)) {
    draft.effects.push({ type: 'checkpoint', position: draft.position, version: draft.version });
  }
}

/** What was computed counts for its worker once it is part of the run. */
export function credit(draft: Draft, id: number, microbatches: number): void {
  const worker = draft.workers.get(id);
  if (worker) draft.worker(id, { microbatches: worker.microbatches + microbatches });
  draft.counters = { ...draft.counters, microbatches: draft.counters.microbatches + microbatches };
}

/** The next iteration has the lengths that the discriminator's accuracy so far asks for. */
function adapt(draft: Draft): void {
  const { adaptive } = draft.settings;
  // While one network trains alone there is no balance to keep.
  if (adaptive === null || draft.controls.only !== null) return;
  const { extra } = draft.balance;
  draft.balance = rebalance(draft.balance, adaptive);
  if (draft.balance.extra === extra) return;
  const { iteration } = draft.position;
  const { accuracy } = draft.balance;
  draft.tell({ type: 'schedule-changed', iteration, ...lengthsNow(draft), accuracy });
}

/** All steps are done: what is left are sample sheets. */
export function complete(draft: Draft): void {
  draft.effects.push({ type: 'checkpoint', position: draft.position, version: draft.version });
  if (sheetsAreDone(draft)) end(draft, 'complete');
  else draft.status = 'finishing';
}

/** A complete run has its checkpoint already; one that diverged keeps those from before. */
export function end(draft: Draft, outcome: Outcome): void {
  if (draft.status === 'ended') return;
  if (outcome === 'stopped') {
    draft.effects.push({ type: 'checkpoint', position: draft.position, version: draft.version });
  }
  draft.status = 'ended';
  draft.effects.push({ type: 'end', outcome });
}
