/** Everything the page shows of the run, made from what it was told: a pure reducer. */
import type {
  PresenterControls,
  PresenterHello,
  PresenterMessage,
  PresenterProgress,
  PresenterRefused,
  RunConfig,
} from '@gantry/shared';
import { hearRates, noRates, type Rates } from './views/now/rates.ts';
import { addSheets, type SheetIndex } from './views/samples/sheet-index.ts';

export interface RunView {
  readonly hello: PresenterHello | null;
  readonly progress: PresenterProgress | null;
  /** Iterations of sample sheets, ascending; of a long run thinned. */
  readonly sheets: SheetIndex;
  readonly controls: PresenterControls | null;
  /** Why the latest action was refused; null: none was, or another followed. */
  readonly refused: PresenterRefused | null;
  /** What the run began with. */
  readonly config: RunConfig | null;
  readonly rates: Rates;
  /** Of rounds, where the strategy has them. null until two messages of progress lie far enough apart. */
  readonly stepsPerSecond: number | null;
  /** An earlier message of progress, against which speed is measured. */
  readonly mark: PresenterProgress | null;
}

export const emptyView: RunView = {
  hello: null,
  progress: null,
  sheets: [],
  controls: null,
  refused: null,
  config: null,
  rates: noRates,
  stepsPerSecond: null,
  mark: null,
};

/** Seconds over which steps are counted. */
const markAge = 1.5;

export function hear(view: RunView, message: PresenterMessage): RunView {
  switch (message.type) {
    case 'hello':
      // After it, all sheets come again. What else is on the screen stays until it is replaced.
      return { ...view, hello: message, sheets: [], mark: null };
    case 'progress':
      return { ...hearProgress(view, message), rates: hearRates(view.rates, message) };
    case 'sheets':
      return { ...view, sheets: addSheets(view.sheets, message.iterations) };
    case 'series':
    case 'timeline':
    case 'picture':
      return view; // these are large, and kept elsewhere
    case 'controls':
      return { ...view, controls: message };
    case 'refused':
      return { ...view, refused: message };
    case 'share':
      return { ...view, config: message.config };
  }
}

function hearProgress(view: RunView, progress: PresenterProgress): RunView {
  const { mark } = view;
  if (mark === null || progress.version < mark.version) return { ...view, progress, mark: progress };
  const seconds = progress.secondsElapsed - mark.secondsElapsed;
  if (seconds < markAge) return { ...view, progress };
  return { ...view, progress, mark: progress, stepsPerSecond: (progress.version - mark.version) / seconds };
}
