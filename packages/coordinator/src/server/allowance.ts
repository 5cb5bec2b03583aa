/** What a peer may send that nobody asked it for: a token bucket for its messages, and one for its frames. */
import { gantryError } from '@gantry/shared';

export interface Rate {
  /** At once, after a pause. */
  readonly burst: number;
  readonly perSecond: number;
}

export class Allowance {
  readonly #what: 'messages' | 'frames';
  readonly #rate: Rate;
  #left: number;
  #at: number;

  /** @param now - milliseconds, on the clock of `take` */
  constructor(what: 'messages' | 'frames', rate: Rate, now: number) {
    this.#what = what;
    this.#rate = rate;
    this.#left = rate.burst;
    this.#at = now;
  }

  /** One came. @throws MESSAGES_TOO_MANY */
  take(now: number): void {
    const { burst, perSecond } = this.#rate;
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
    this.#left = Math.min(this.#rate.burst, this.#left + count);
  }
}
