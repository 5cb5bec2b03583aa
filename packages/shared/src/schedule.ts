/** The schedule: which network trains next, and at which learning rate. Pure arithmetic on positions. */
import { examplesPerStep, type PhaseName, type RunConfig } from './config.ts';

/** Where a run stands: the step that comes next. */
export interface Position {
  /** 0-based iteration of that step. */
  readonly iteration: number;
  readonly phase: PhaseName;
  /** Steps of this phase already done within the iteration. */
  readonly done: number;
  /** Steps of each phase done since the run began: the step number of random addresses. */
  readonly steps: Readonly<Record<PhaseName, number>>;
}

export const startPosition: Position = {
  iteration: 0,
  phase: 'discriminator',
  done: 0,
  steps: { discriminator: 0, generator: 0 },
};

/**
 * Optimizer steps of each phase in one iteration. With `epochs`, a discriminator epoch passes once over the
 * data, ⌈size / examples of a step⌉ steps, and a generator epoch has as many.
 *
 * @param size - examples of the data set; `schedule.epochSize` where data is generated
 */
export function phaseLengths(config: RunConfig, size: number): Readonly<Record<PhaseName, number>> {
  const { unit, discriminator, generator } = config.schedule;
  const each = unit === 'steps' ? 1 : Math.ceil(size / examplesPerStep(config));
  return { discriminator: discriminator * each, generator: generator * each };
}

/** What every slot of the strategy `local` computes between one version and the next. */
export interface Round {
  /** The first of its iterations, 0-based, and how many they are: H, or what is left of the run. */
  readonly iteration: number;
  readonly iterations: number;
  /** Steps of each phase in an iteration. */
  readonly lengths: Readonly<Record<PhaseName, number>>;
  /** Steps of each phase done before it. */
  readonly steps: Readonly<Record<PhaseName, number>>;
}

/** The round at `iteration`, where one begins. @param most - H */
export function roundAt(
  iteration: number,
  most: number,
  lengths: Readonly<Record<PhaseName, number>>,
  iterations: number,
): Round {
  const { discriminator, generator } = lengths;
  return {
    iteration,
    iterations: Math.min(most, iterations - iteration),
    lengths,
    steps: { discriminator: iteration * discriminator, generator: iteration * generator },
  };
}

/** The position after a round. */
export const afterRound = ({ iteration, iterations, lengths }: Round): Position => ({
  ...startPosition,
  iteration: iteration + iterations,
  steps: {
    discriminator: (iteration + iterations) * lengths.discriminator,
    generator: (iteration + iterations) * lengths.generator,
  },
});

/** The position after the step at `position`. @param lengths - not both 0 */
export function nextPosition(position: Position, lengths: Readonly<Record<PhaseName, number>>): Position {
  const { phase } = position;
  const steps = { ...position.steps, [phase]: position.steps[phase] + 1 };
  return withinLengths({ ...position, done: position.done + 1, steps }, lengths);
}

/**
 * The first position from `position` on that has a step to do: a phase that has had its steps, or is to have none, is
 * over.
 *
 * @param lengths - steps of each phase in an iteration, not both 0
 */
export function withinLengths(position: Position, lengths: Readonly<Record<PhaseName, number>>): Position {
  const { iteration, phase, done, steps } = position;
  if (done < lengths[phase]) return position;
  const next: Position =
    phase === 'discriminator'
      ? { iteration, phase: 'generator', done: 0, steps }
      : { iteration: iteration + 1, phase: 'discriminator', done: 0, steps };
  return withinLengths(next, lengths);
}

/** Factor on the learning rates at `iteration`: 1, then linearly to 0 from `decayFrom` of the run on. */
export function learningRateFactor(config: RunConfig, iteration: number): number {
  const { decayFrom } = config.optimizer;
  const { iterations } = config.schedule;
  if (decayFrom >= 1) return 1;
  return Math.min(1, (1 - iteration / iterations) / (1 - decayFrom));
}

/** Factor on the learning rates of an update that is stale by so many versions. */
export const stalenessFactor = ({ strategy }: Pick<RunConfig, 'strategy'>, staleness: number): number =>
  strategy.kind === 'asynchronous' ? (1 + staleness) ** -strategy.exponent : 1;

/** EMA decay after t generator steps, with warm-up: min(β, (1 + t) / (10 + t)). */
export function emaDecay(beta: number, t: number): number {
  return Math.min(beta, (1 + t) / (10 + t));
}
