/** What a peer may send that nobody asked it for: a token bucket for its messages, and one for its frames. */
import { gantryError, limits } from '@gantry/shared';

export class Allowance {
  readonly #what: 'messages' | 'frames';
  #left: number;
  #at: number;

  /** @param now - milliseconds, on the clock of `take` */
  constructor(what: 'messages' | 'frames', now: number) {
    this.#what = what;
    this.#left = limits[what].burst;
    this.#at = now;
  }

  /** One came. @throws MESSAGES_TOO_MANY */
  take(now: number): void {
    const { burst, perSecond } = limits[this.#what];
    this.#add((perSecond * (now - this.#at)) / 1000);
    this.#at = now;
    if (this.#left < 1) throw gantryError('MESSAGES_TOO_MANY', this.#what, burst, perSecond);
    this.#left -= 1;
  }

  /** One was asked for, and is free. */
  ask(): void {
    this.#add(1);
  }

  /** Never more than a burst: what is asked of a peer that does not answer is not saved up. */
  #add(count: number): void {
    this.#left = Math.min(limits[this.#what].burst, this.#left + count);
  }
}
