/**
 * Noticing that this machine slept: a timer comes late, or the wall clock has run ahead of the other one. A sleeper's
 * lease was given to others and its socket is likely dead, though nothing says so; whoever knows can come back at once.
 */

export interface Clocks {
  /** Milliseconds. Goes on during sleep; somebody may set it. */
  wall(): number;
  /** Milliseconds, never set. During sleep it stands still in some browsers and goes on in others. */
  steady(): number;
}

export const systemClocks: Clocks = { wall: () => Date.now(), steady: () => performance.now() };

/** Less is a hiccup. More costs the lease in hand, whose deadline has most likely passed. Milliseconds. */
export const leastSleep = 5000;

export class SleepWatch {
  readonly #clocks: Clocks;
  readonly #interval: number;
  #wall: number;
  #steady: number;

  /** @param interval - milliseconds from one look to the next */
  constructor(interval: number, clocks: Clocks) {
    this.#interval = interval;
    this.#clocks = clocks;
    this.#wall = clocks.wall();
    this.#steady = clocks.steady();
  }

  /**
   * Call from a timer. A wall clock that was set ahead is taken for sleep, one that was set back is not.
   *
   * @param patience - milliseconds for which this thread may keep its own timer waiting
   * @returns milliseconds that this machine slept since the last look; 0 if it did not
   */
  look(patience: number): number {
    const wall = this.#clocks.wall();
    const steady = this.#clocks.steady();
    const wallLate = wall - this.#wall - this.#interval;
    const steadyLate = steady - this.#steady - this.#interval;
    this.#wall = wall;
    this.#steady = steady;
    // No computation makes the clocks differ.
    if (wallLate - steadyLate >= leastSleep) return wallLate;
    return steadyLate >= leastSleep + patience ? steadyLate : 0;
  }
}
