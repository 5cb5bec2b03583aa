/** Everything the page shows of the run, made from what it was told: a pure reducer. */
import type { PresenterHello, PresenterMessage, PresenterProgress, PresenterSheet } from '@gantry/shared';
import { appendLosses, emptyHistory, type LossHistory } from './views/curves/history.ts';

export interface RunView {
  readonly hello: PresenterHello | null;
  readonly progress: PresenterProgress | null;
  readonly losses: LossHistory;
  readonly sheet: PresenterSheet | null;
  /** Of rounds, where the strategy has them. null until two messages of progress lie far enough apart. */
  readonly stepsPerSecond: number | null;
  /** An earlier message of progress, against which speed is measured. */
  readonly mark: PresenterProgress | null;
}

export const emptyView: RunView = {
  hello: null,
  progress: null,
  losses: emptyHistory,
  sheet: null,
  stepsPerSecond: null,
  mark: null,
};

/** Seconds over which steps are counted. */
const markAge = 1.5;

export function hear(view: RunView, message: PresenterMessage): RunView {
  switch (message.type) {
    case 'hello':
      // After it, all losses come again. What is on the screen stays until it is replaced.
      return { ...view, hello: message, losses: emptyHistory, mark: null };
    case 'progress':
      return hearProgress(view, message);
    case 'losses':
      return { ...view, losses: appendLosses(view.losses, message) };
    case 'sheet':
      return { ...view, sheet: message };
  }
}

function hearProgress(view: RunView, progress: PresenterProgress): RunView {
  const { mark } = view;
  if (mark === null || progress.version < mark.version) return { ...view, progress, mark: progress };
  const seconds = progress.secondsElapsed - mark.secondsElapsed;
  if (seconds < markAge) return { ...view, progress };
  return { ...view, progress, mark: progress, stepsPerSecond: (progress.version - mark.version) / seconds };
}
