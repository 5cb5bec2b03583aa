/** Everything the page shows of the run, made from what it was told: a pure reducer. */
import type { PresenterHello, PresenterMessage, PresenterProgress, PresenterSheet } from '@gantry/shared';

export interface RunView {
  readonly hello: PresenterHello | null;
  readonly progress: PresenterProgress | null;
  readonly sheet: PresenterSheet | null;
  /** Of rounds, where the strategy has them. null until two messages of progress lie far enough apart. */
  readonly stepsPerSecond: number | null;
  /** An earlier message of progress, against which speed is measured. */
  readonly mark: PresenterProgress | null;
}

export const emptyView: RunView = {
  hello: null,
  progress: null,
  sheet: null,
  stepsPerSecond: null,
  mark: null,
};

/** Seconds over which steps are counted. */
const markAge = 1.5;

export function hear(view: RunView, message: PresenterMessage): RunView {
  switch (message.type) {
    case 'hello':
      return { ...view, hello: message, mark: null };
    case 'progress':
      return hearProgress(view, message);
    case 'sheet':
      return { ...view, sheet: message };
    case 'series':
    case 'timeline':
      return view; // these are large, and kept elsewhere
  }
}

function hearProgress(view: RunView, progress: PresenterProgress): RunView {
  const { mark } = view;
  if (mark === null || progress.version < mark.version) return { ...view, progress, mark: progress };
  const seconds = progress.secondsElapsed - mark.secondsElapsed;
  if (seconds < markAge) return { ...view, progress };
  return { ...view, progress, mark: progress, stepsPerSecond: (progress.version - mark.version) / seconds };
}
