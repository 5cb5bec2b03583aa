/**
 * The adaptive schedule (`schedule.adaptive`): more steps for the network that loses, as long as the discriminator is
 * too good, or no better than a coin. A function of the run so far alone: the number of workers has no part in it.
 */
import type { PhaseName, RunConfig } from './config.ts';

export type AdaptiveRule = Pick<RunConfig['schedule']['adaptive'], 'lower' | 'upper' | 'most'>;

export interface Balance {
  /** Running average of the discriminator's accuracy, 0 to 1; null before its first step. */
  readonly accuracy: number | null;
  /** Steps an iteration has more than configured: the generator's where positive, the discriminator's where negative. */
  readonly extra: number;
}

export const evenBalance: Balance = { accuracy: null, extra: 0 };

/** Weight of what was known before a discriminator step: the average looks back over about ten steps. */
const memory = 0.9;

/** @param accuracy - of one discriminator step: the mean of its accuracy on real and on generated examples */
export function weigh(balance: Balance, accuracy: number): Balance {
  const before = balance.accuracy ?? accuracy;
  return { ...balance, accuracy: memory * before + (1 - memory) * accuracy };
}

/**
 * At the end of an iteration: above `upper` one step more for the generator, below `lower` one for the discriminator,
 * else one back towards the configured lengths. What one network has too much goes before the other gets more.
 */
export function rebalance(balance: Balance, { lower, upper, most }: AdaptiveRule): Balance {
  const { accuracy, extra } = balance;
  if (accuracy === null) return balance;
  if (accuracy > upper) return { accuracy, extra: Math.min(most, extra + 1) };
  if (accuracy < lower) return { accuracy, extra: Math.max(-most, extra - 1) };
  return { accuracy, extra: extra - Math.sign(extra) };
}

/** Steps of each phase in an iteration. @param lengths - as configured */
export const balancedLengths = (
  { discriminator, generator }: Readonly<Record<PhaseName, number>>,
  { extra }: Balance,
): Readonly<Record<PhaseName, number>> => ({
  discriminator: discriminator + Math.max(0, -extra),
  generator: generator + Math.max(0, extra),
});
