/**
 * Time that passes only from one event to the next. What happens at an event may take as long as it likes: virtual time
 * stands still meanwhile, so nothing depends on how fast this machine is.
 */
import TinyQueue from 'tinyqueue';
import type { Clock } from '../../run/clock.ts';

interface Timed {
  readonly at: number;
  /** Of events at one time the one that was asked for first comes first. */
  readonly order: number;
  happen: (() => void | Promise<void>) | null;
}

export class VirtualClock implements Clock {
  readonly #queue = new TinyQueue<Timed>([], (a, b) => a.at - b.at || a.order - b.order);
  #now = 0;
  #order = 0;

  /** Milliseconds since the beginning. */
  now(): number {
    return this.#now;
  }

  /** The beginning is that of 1970, so that what is logged is the same each time; whole milliseconds, as clocks tell them. */
  date(): number {
    return Math.floor(this.#now);
  }

  /** @param time - what is over happens now, after all that was asked for before @param happen - awaited */
  at(time: number, happen: () => void | Promise<void>): () => void {
    const timed: Timed = { at: Math.max(time, this.#now), order: this.#order++, happen };
    this.#queue.push(timed);
    return () => {
      timed.happen = null;
    };
  }

  /** @param milliseconds - from now */
  after(milliseconds: number, happen: () => void | Promise<void>): () => void {
    return this.at(this.#now + milliseconds, happen);
  }

  /**
   * @param between - done after each event, before the next: virtual time stands still
   * @param until - milliseconds
   * @returns whether `done` came true; false: nothing more would happen, or not in time
   */
  async run(
    done: () => boolean,
    between: () => void | Promise<void> = () => undefined,
    until = Infinity,
  ): Promise<boolean> {
    while (!done()) {
      const next = this.#queue.pop();
      if (next === undefined || next.at > until) return false;
      if (next.happen === null) continue;
      this.#now = next.at;
      // oxlint-disable-next-line no-await-in-loop -- one event after the other
      await next.happen();
      // oxlint-disable-next-line no-await-in-loop -- likewise
      await between();
    }
    return true;
  }
}
