/**
 * Detectors of what goes wrong with GANs, over the log of a run. Each says at which iteration it was first seen; null: it was
 * not. They are rules of thumb with fixed bounds: what they say is a reason to look at the curves.
 */
import type { MeasuredAt } from './measured.ts';

export interface Detected {
  /**
   * Numbers that are not finite, or a loss beyond ±`explodes` in `explodesFor` steps of its network in a row.
   */
  readonly divergence: number | null;
  /** The discriminator was right in more than 99 % of its examples for a tenth of the run, 50 steps at least. */
  readonly discriminatorWin: number | null;
  /**
   * Captured modes fell to three quarters of the most that there had been, or lower, in two measures in a row; of images, the
   * samples' variance fell below a quarter of the data's.
   */
  readonly modeCollapse: number | null;
  /** The chief measure turned back by a fifth of its range four times or more in the second half of the run. */
  readonly oscillation: number | null;
}

const explodes = 1000;
const explodesFor = 10;
const wins = 0.99;
const winsFor = { share: 0.1, least: 50 };
const collapsedModes = 0.75;
const collapsedVariance = 0.25;
const swing = 0.2;
const swings = 4;

/** A `step` line of the log, what of it is looked at. */
export interface StepLine {
  readonly iteration: number;
  readonly phase: string;
  readonly loss: number;
  readonly realAccuracy?: number;
  readonly fakeAccuracy?: number;
  /** Of a round. */
  readonly iterations?: number;
}

export class Detectors {
  readonly #iterations: number;
  #divergence: number | null = null;
  #win: number | null = null;
  readonly #exploding: Record<string, { since: number; steps: number }> = {};
  #winning: { since: number; steps: number } | null = null;

  /** @param iterations - of the whole run */
  constructor(iterations: number) {
    this.#iterations = iterations;
  }

  step({ iteration, phase, loss, realAccuracy, fakeAccuracy, iterations = 1 }: StepLine): void {
    if (Math.abs(loss) <= explodes) delete this.#exploding[phase];
    else {
      const before = this.#exploding[phase] ?? { since: iteration, steps: 0 };
      this.#exploding[phase] = { ...before, steps: before.steps + 1 };
      if (this.#exploding[phase].steps >= explodesFor) this.#divergence ??= before.since;
    }
    if (phase !== 'discriminator' || realAccuracy === undefined || fakeAccuracy === undefined) return;
    if ((realAccuracy + fakeAccuracy) / 2 <= wins) {
      this.#winning = null;
      return;
    }
    const before = this.#winning ?? { since: iteration, steps: 0 };
    this.#winning = { ...before, steps: before.steps + iterations };
    const long = Math.max(winsFor.least, winsFor.share * this.#iterations);
    if (this.#winning.steps >= long) this.#win ??= before.since;
  }

  /** @param diverged - at which iteration the run ended for numbers that were not finite; null: it did not */
  found(measured: readonly MeasuredAt[], diverged: number | null, chief: string | null): Detected {
    return {
      divergence: this.#divergence ?? diverged,
      discriminatorWin: this.#win,
      modeCollapse: collapse(measured),
      oscillation: chief === null ? null : oscillation(measured, chief, this.#iterations),
    };
  }
}

function collapse(measured: readonly MeasuredAt[]): number | null {
  let most = 0;
  let since: number | null = null;
  let seen = 0;
  for (const { iteration, measures } of measured) {
    const { modes, varianceRatio } = measures;
    const fallen =
      (modes !== undefined && most > 0 && modes <= collapsedModes * most) ||
      (varianceRatio !== undefined && varianceRatio < collapsedVariance && iteration > 0);
    most = Math.max(most, modes ?? 0);
    since = fallen ? (since ?? iteration) : null;
    seen = fallen ? seen + 1 : 0;
    if (seen >= 2) return since;
  }
  return null;
}

function oscillation(measured: readonly MeasuredAt[], chief: string, iterations: number): number | null {
  const late = measured.filter(({ iteration, measures }) => iteration >= iterations / 2 && chief in measures);
  const values = late.map(({ measures }) => measures[chief]);
  const range = Math.max(...values) - Math.min(...values);
  if (values.length < 2 * swings || range === 0) return null;
  let turns = 0;
  let direction = 0;
  let extreme = values[0];
  for (const [i, value] of values.entries()) {
    if (direction * (value - extreme) > 0) extreme = value;
    if (Math.abs(value - extreme) < swing * range) continue;
    const now = Math.sign(value - extreme);
    if (now !== direction) {
      if (direction !== 0) turns += 1;
      direction = now;
    }
    extreme = value;
    if (turns >= swings) return late[i].iteration;
  }
  return null;
}
