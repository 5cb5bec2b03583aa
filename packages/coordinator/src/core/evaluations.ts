/**
 * What workers draw beside training: the run's sample sheets, and pictures that the presenter asks for. Of each kind the
 * newest wins, and what still waits then is never drawn.
 */
import type { Draft } from './draft.ts';
import type { CoreEvent, Evaluation, EvaluationTask } from './types.ts';

/**
 * A picture is left to those who have nothing to do for the step. Only where that is nobody for so long (one worker is always
 * at it) it is drawn like a sheet, before the next blocks. Milliseconds.
 */
const patience = 100;

/** Asks for a sample sheet of the present version. */
export function askForSheet(draft: Draft): void {
  const { iteration } = draft.position;
  for (const waiting of draft.evaluations) {
    if (waiting.picture !== null || waiting.lease !== null) continue;
    draft.tell({ type: 'evaluation-skipped', iteration: waiting.iteration });
  }
  const { version, settings } = draft;
  replaceWaiting(draft, {
    version,
    iteration,
    picture: null,
    microbatches: settings.sheetMicrobatches,
    at: 0,
  });
  draft.effects.push({ type: 'capture', version, iteration });
}

/** Asks for a picture of a version that the shell has kept. */
export function askForPicture(draft: Draft, event: Extract<CoreEvent, { type: 'picture-wanted' }>): void {
  const { picture, version, iteration, microbatches, at } = event;
  replaceWaiting(draft, { version, iteration, picture, microbatches, at });
}

function replaceWaiting(draft: Draft, wanted: Omit<Evaluation, 'lease'>): void {
  const gives = ({ picture, lease }: Evaluation): boolean =>
    lease === null && (picture === null) === (wanted.picture === null);
  for (const each of draft.evaluations) if (gives(each)) dropPicture(draft, each, false);
  draft.evaluations = [...draft.evaluations.filter((each) => !gives(each)), { ...wanted, lease: null }];
}

/** @param failed - rather than overtaken by a newer one */
function dropPicture(draft: Draft, { picture }: Evaluation, failed: boolean): void {
  if (picture !== null) draft.effects.push({ type: 'drop-picture', picture, failed });
}

/** What may be given to somebody now. */
export function waitingEvaluations(draft: Draft): readonly Evaluation[] {
  if (draft.evaluations.length === 0) return [];
  const ended = draft.status === 'ended';
  // One at a time while the run trains. After its end nobody would notice that one is late.
  const drawing =
    !ended && draft.evaluations.some(({ picture, lease }) => picture !== null && lease !== null);
  return draft.evaluations.filter(
    ({ lease, picture }) => lease === null && (picture === null ? !ended : !drawing),
  );
}

/** Whether it goes before the blocks of the step. */
export const isPressing = ({ picture, at: since }: Evaluation, at: number): boolean =>
  picture === null || at - since >= patience;

/** What this lease was to draw waits for another worker; or is dropped, being a picture that a newer one has overtaken. */
export function releaseEvaluation(draft: Draft, lease: number): void {
  const released = draft.evaluations.find((each) => each.lease === lease);
  if (released === undefined) return;
  const { picture } = released;
  const overtaken = picture !== null && draft.evaluations.some((each) => (each.picture ?? 0) > picture);
  if (overtaken) dropPicture(draft, released, false);
  draft.evaluations = draft.evaluations.flatMap((each) => {
    if (each !== released) return [each];
    return overtaken ? [] : [{ ...each, lease: null }];
  });
}

/** A picture that one worker failed at is asked of no other: it may be the picture. */
export function failPicture(draft: Draft, lease: number): void {
  const failed = draft.evaluations.find((each) => each.lease === lease);
  if (failed === undefined || failed.picture === null) return;
  dropPicture(draft, failed, true);
  draft.evaluations = draft.evaluations.filter((each) => each !== failed);
}

/** What a lease was to draw has come. @returns whether it is wanted still */
export function takeEvaluation(draft: Draft, { iteration, picture }: EvaluationTask): boolean {
  const wanted = draft.evaluations.find((each) => each.iteration === iteration && each.picture === picture);
  if (wanted === undefined) return false;
  // An older sheet that somebody still draws is not wanted any more.
  const done = (each: Evaluation): boolean =>
    picture === null ? each.picture === null && each.iteration <= iteration : each === wanted;
  draft.evaluations = draft.evaluations.filter((each) => !done(each));
  draft.effects.push({ type: 'accept-evaluation', iteration, picture });
  return true;
}

/** Whether no sheet is still to come. */
export const sheetsAreDone = (draft: Draft): boolean =>
  draft.evaluations.every(({ picture }) => picture !== null);
