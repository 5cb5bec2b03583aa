import {
  classNamesOf,
  exampleShape,
  isConditional,
  unitsPerVersion,
  type PresenterMessage,
} from '@gantry/shared';
import type { Run } from '../../run/run.ts';

/** How to take part. Known once the server listens. */
export interface Invitation {
  /** Origins that others reach this coordinator at, the likeliest first: each opens the tab, which asks for the code. */
  readonly joinUrls: readonly string[];
  readonly joinCode: string | null;
  /** Rows of 0 and 1 (dark) of the first address's QR code. */
  readonly joinQr: readonly string[];
}

export function helloMessage(run: Run, { joinUrls, joinCode, joinQr }: Invitation): PresenterMessage {
  const { config } = run;
  return {
    type: 'hello',
    preset: config.preset,
    seed: config.seed,
    run: run.options.directory.path,
    iterations: config.schedule.iterations,
    exampleShape: [...exampleShape(config.data)],
    samples: config.evaluation.samples,
    classes: isConditional(config.model) ? [...classNamesOf(config.data)] : [],
    loss: config.loss.kind,
    strategy: config.strategy.kind,
    usefulWorkers: unitsPerVersion(config),
    joinUrls: [...joinUrls],
    joinCode,
    joinQr: [...joinQr],
  };
}
