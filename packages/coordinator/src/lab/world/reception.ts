/** The coordinator's one thread: it takes in one frame after the other, and each takes its time. */
import type { VirtualClock } from './virtual-clock.ts';

export class Reception {
  readonly #clock: VirtualClock;
  readonly #perByte: number;
  #free = 0;
  #busy = 0;

  /** @param perMegabyte - milliseconds in which 1 MB is received, checked and summed */
  constructor(clock: VirtualClock, perMegabyte: number) {
    this.#clock = clock;
    this.#perByte = perMegabyte / 1e6;
  }

  /** Milliseconds in which it had something to do. */
  get busy(): number {
    return this.#busy;
  }

  take(bytes: number, done: () => void): void {
    const cost = bytes * this.#perByte;
    this.#busy += cost;
    this.#free = Math.max(this.#free, this.#clock.now()) + cost;
    this.#clock.at(this.#free, done);
  }
}
