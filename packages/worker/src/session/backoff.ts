/** How long to wait before connecting again: doubling, and spread out so that a class does not return as one. */

const first = 500;
const longest = 10_000;

/**
 * @param attempt - 0 for the first try after a loss
 * @param random - in [0, 1)
 * @returns milliseconds, between half and the whole of min(10 s, 0.5 s · 2^attempt)
 */
export function backoff(attempt: number, random: number): number {
  const whole = Math.min(longest, first * 2 ** Math.min(attempt, 16));
  return whole * (0.5 + 0.5 * random);
}
