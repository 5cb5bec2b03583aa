/** Wrong join codes, or presenter's tokens, by address: 38,416 codes are few for a program that may try without end. */

import { limits } from '@gantry/shared';

/** Wrong tries that an address has, and the milliseconds after which it has them again. */
const allowed = limits.tries.most;
const period = 1000 * limits.tries.seconds;
/** Addresses remembered; beyond that the oldest are forgotten. */
const remembered = 10_000;

export class Tries {
  readonly #wrong = new Map<string, { count: number; since: number }>();

  /** Whether this address has used its tries up: then even the right code waits. */
  exhausted(address: string, now: number): boolean {
    const entry = this.#wrong.get(address);
    return entry !== undefined && now - entry.since < period && entry.count >= allowed;
  }

  wrong(address: string, now: number): void {
    const entry = this.#wrong.get(address);
    if (entry !== undefined && now - entry.since < period) {
      entry.count += 1;
      return;
    }
    this.#wrong.delete(address);
    this.#wrong.set(address, { count: 1, since: now });
    if (this.#wrong.size <= remembered) return;
    const [oldest] = this.#wrong.keys();
    this.#wrong.delete(oldest);
  }
}
