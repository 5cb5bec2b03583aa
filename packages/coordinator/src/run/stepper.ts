/** From a complete step, or round, to the next version; and what is told of it. */
import type { PhaseName, Position, Round } from '@gantry/shared';
import type { CoreEffect } from '../core/types.ts';
import type { StepResult } from '../training/trainer.ts';
import type { CoreLoop } from './core-loop.ts';
import type { Parts } from './parts.ts';

export type StepListener = (position: Position, result: StepResult) => void;

export class Stepper {
  readonly #parts: Parts;
  readonly #loop: CoreLoop;
  readonly #listeners = new Set<StepListener>();

  constructor(parts: Parts, loop: CoreLoop) {
    this.#parts = parts;
    this.#loop = loop;
  }

  /** @param listener - told after each step */
  onStep(listener: StepListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @returns false where the sums are not finite: then nothing has changed */
  apply({ position, version, round, staleness }: Extract<CoreEffect, { type: 'apply' }>): boolean {
    const { trainer, opinions, options } = this.#parts;
    opinions.advance(version);
    const results = trainer.apply(position, round, staleness ?? 0);
    if (results === null) return false;
    results.forEach((result, i) => {
      // Both results of a round come at once: its steps are counted with the last.
      const last = i === results.length - 1;
      this.#count(result, version + 1, last ? stepsOf(round) : 0);
      this.#tell(result, { position, version, round, staleness });
      if (result.phase === 'discriminator' && options.config.schedule.adaptive.enabled) {
        const accuracy = (result.metrics.realAccuracy + result.metrics.fakeAccuracy) / 2;
        this.#loop.handle({ type: 'measured', at: options.clock.now(), accuracy });
      }
      for (const listener of this.#listeners) listener(position, result);
    });
    return true;
  }

  #count({ phase, metrics }: StepResult, version: number, steps: number): void {
    this.#parts.replicas.advance(phase, version);
    this.#parts.meter.step(phase, metrics.loss, steps);
  }

  #tell(
    { phase, metrics, gradientNorms, saturation }: StepResult,
    { position, version, round, staleness }: Omit<Extract<CoreEffect, { type: 'apply' }>, 'type'>,
  ): void {
    const { exchanges, archive, drift: drifts, trainer } = this.#parts;
    const cost = exchanges.finish(phase);
    this.#loop.afterwards(() => {
      const looked = saturation === null ? {} : { saturation };
      const place = placeOf(phase, position, version);
      const ofRound = round && { iterations: round.iterations };
      const late = staleness === null ? {} : { staleness };
      archive.log({
        type: 'step',
        ...place,
        ...ofRound,
        ...late,
        ...metrics,
        gradientNorms,
        ...looked,
        ...cost,
      });
      const drift = drifts[phase];
      drift?.step();
      if (drift && trainer.looks(position)) {
        archive.log({ type: 'batch-norm-drift', ...place, workers: drift.look() });
      }
    });
  }
}

const placeOf = (phase: PhaseName, { iteration, steps }: Position, version: number) => ({
  version,
  iteration,
  phase,
  step: steps[phase],
});

/** Optimizer steps from one version to the next. */
const stepsOf = (round: Round | null): number =>
  round === null ? 1 : round.iterations * (round.lengths.discriminator + round.lengths.generator);
