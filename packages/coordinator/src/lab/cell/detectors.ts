/**
 * Detectors of what goes wrong with GANs, over the log and the measures of a run. Each says at which iteration it was first
 * seen; null: it was not. They are rules of thumb with fixed bounds, which docs/lab.md explains: what they say is a reason
 * to look at the curves. Pure.
 */
import type { RunConfig } from '@gantry/shared';
import type { MeasuredAt, Measures } from './measured.ts';

export interface Detected {
  /** Numbers that are not finite, or ten losses of one network in a row beyond ±1,000. */
  readonly divergence: number | null;
  /** The discriminator was right in more than 99 % of its examples for a tenth of the run, 50 iterations at least. */
  readonly discriminatorWin: number | null;
  /**
   * In two measures in a row, captured modes (of images: classes) were three quarters of the most before, or fewer; or the
   * samples' variance was below a quarter of the data's, after it had been above a half. Or from mid-run to the end that variance
   * was so low, or samples were spread over half of the modes or fewer.
   */
  readonly modeCollapse: number | null;
  /** The chief measure turned back by a fifth of its whole range four times in the second half of the run. */
  readonly oscillation: number | null;
}

const explodes = { beyond: 1000, steps: 10 };
const wins = { accuracy: 0.99, share: 0.1, least: 50 };
const collapsed = { modes: 0.75, fewest: 4, variance: 0.25, had: 0.5, kl: Math.LN2, measures: 2 };
const swings = { of: 0.2, turns: 4 };

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
  readonly #canWin: boolean;
  readonly #exploding = new Map<string, { readonly since: number; readonly steps: number }>();
  #winningSince: number | null = null;
  #divergence: number | null = null;
  #win: number | null = null;

  constructor({ schedule, loss }: Pick<RunConfig, 'schedule' | 'loss'>) {
    this.#iterations = schedule.iterations;
    // A critic is to rank every pair rightly: that is no victory over the generator, which learns by how much.
    this.#canWin = loss.kind !== 'wasserstein';
  }

  step(line: StepLine): void {
    this.#divergence ??= this.#explosion(line);
    if (line.phase === 'discriminator' && this.#canWin) this.#win ??= this.#victory(line);
  }

  #explosion({ iteration, phase, loss }: StepLine): number | null {
    if (!Number.isFinite(loss)) return iteration;
    if (Math.abs(loss) <= explodes.beyond) {
      this.#exploding.delete(phase);
      return null;
    }
    const { since, steps } = this.#exploding.get(phase) ?? { since: iteration, steps: 0 };
    this.#exploding.set(phase, { since, steps: steps + 1 });
    return steps + 1 >= explodes.steps ? since : null;
  }

  #victory({ iteration, realAccuracy = 0, fakeAccuracy = 0, iterations = 1 }: StepLine): number | null {
    if ((realAccuracy + fakeAccuracy) / 2 <= wins.accuracy) {
      this.#winningSince = null;
      return null;
    }
    this.#winningSince ??= iteration;
    const long = Math.max(wins.least, wins.share * this.#iterations);
    return iteration + iterations - this.#winningSince >= long ? this.#winningSince : null;
  }

  /**
   * @param diverged - at which iteration the run ended for numbers that were not finite; null: it did not
   * @param chief - the measure that tells most; null: there is none
   */
  found(measured: readonly MeasuredAt[], diverged: number | null, chief: string | null): Detected {
    return {
      divergence: this.#divergence ?? diverged,
      discriminatorWin: this.#win,
      modeCollapse: modeCollapse(measured, this.#iterations),
      oscillation: chief === null ? null : oscillation(measured, chief, this.#iterations),
    };
  }
}

/** @param iterations - of the whole run */
export function modeCollapse(measured: readonly MeasuredAt[], iterations: number): number | null {
  const found = [fallOfModes(measured), fallOfVariance(measured), lastingNarrowness(measured, iterations)];
  const seen = found.filter((at) => at !== null);
  return seen.length === 0 ? null : Math.min(...seen);
}

function fallOfModes(measured: readonly MeasuredAt[]): number | null {
  const images = measured.some(({ measures }) => 'classCoverage' in measures);
  let most = 0;
  return firstStretch(measured, ({ measures }) => {
    const modes = images ? measures['classCoverage'] : measures['modes'];
    if (modes === undefined) return false;
    most = Math.max(most, modes);
    // Of one or two modes found early one is soon lost again. Classes are told as a share: 0.4 are four of ten.
    return most >= (images ? collapsed.fewest / 10 : collapsed.fewest) && modes <= collapsed.modes * most;
  });
}

function fallOfVariance(measured: readonly MeasuredAt[]): number | null {
  let had = false;
  return firstStretch(measured, ({ measures: { varianceRatio } }) => {
    if (varianceRatio === undefined) return false;
    had ||= varianceRatio > collapsed.had;
    return had && varianceRatio < collapsed.variance;
  });
}

/**
 * A generator begins narrow: that counts only where it stays so. Samples spread evenly over a half of the modes have a
 * divergence of ln 2, however many modes there are.
 */
function lastingNarrowness(measured: readonly MeasuredAt[], iterations: number): number | null {
  const late = measured.filter(
    ({ iteration, measures }) => iteration >= iterations / 2 && Object.keys(measures).length > 0,
  );
  if (late.length < collapsed.measures) return null;
  const always = (holds: (measures: Partial<Measures>) => boolean): boolean =>
    late.every(({ measures }) => holds(measures));
  const narrow = always(({ varianceRatio = 1 }) => varianceRatio < collapsed.variance);
  const few = always(({ modeKl, classKl }) => (modeKl ?? classKl ?? 0) >= collapsed.kl);
  return narrow || few ? late[0].iteration : null;
}

/** Where something began that held for two measures in a row. */
function firstStretch(measured: readonly MeasuredAt[], holds: (at: MeasuredAt) => boolean): number | null {
  let since: number | null = null;
  let seen = 0;
  for (const at of measured) {
    const held = holds(at);
    since = held ? (since ?? at.iteration) : null;
    seen = held ? seen + 1 : 0;
    if (seen >= collapsed.measures) return since;
  }
  return null;
}

/** @param chief - the measure that is looked at @param iterations - of the whole run */
export function oscillation(
  measured: readonly MeasuredAt[],
  chief: string,
  iterations: number,
): number | null {
  const known = measured.filter(({ measures }) => Number.isFinite(measures[chief]));
  const values = known.map(({ measures }) => measures[chief]);
  // Of the whole run: at its end nearly all is noise, which always turns.
  const swing = swings.of * (Math.max(...values) - Math.min(...values));
  if (!(swing > 0)) return null;
  let [low, high] = [Infinity, -Infinity];
  let direction = 0;
  let turns = 0;
  for (const { iteration, measures } of known) {
    if (iteration < iterations / 2) continue;
    const value = measures[chief];
    low = Math.min(low, value);
    high = Math.max(high, value);
    const turned =
      direction !== -1 && high - value >= swing ? -1 : direction !== 1 && value - low >= swing ? 1 : 0;
    if (turned === 0) continue;
    if (direction !== 0) turns += 1;
    if (turns >= swings.turns) return iteration;
    direction = turned;
    if (turned === 1) high = value;
    else low = value;
  }
  return null;
}
