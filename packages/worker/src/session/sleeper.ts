/** A session's sleep: noticed by a timer and wherever work begins or ends, and kept until it is told. */
import { SleepWatch, systemClocks } from './sleep.ts';

/** Between two looks at the clocks. Milliseconds. */
const sleepInterval = 1000;

/** For how long this thread may be kept from its timers. Milliseconds. */
export interface Hold {
  readonly byWork: number;
  readonly byBrowser: number;
}

export class Sleeper {
  readonly #hold: () => Hold;
  readonly #woke: (seconds: number) => void;
  readonly #watch = new SleepWatch(sleepInterval, systemClocks);
  readonly #timer: ReturnType<typeof setInterval>;
  #latest: { readonly seconds: number; readonly told: boolean } | null = null;
  /** Leases in a row that were taken for slept through. */
  #through = 0;

  constructor(hold: () => Hold, woke: (seconds: number) => void) {
    this.#hold = hold;
    this.#woke = woke;
    this.#timer = setInterval(() => this.look(), sleepInterval);
  }

  /** Of the latest sleep; null: there was none. */
  get seconds(): number | null {
    return this.#latest?.seconds ?? null;
  }

  /** The same, where the coordinator has yet to be told. */
  get untold(): number | null {
    return this.#latest?.told === false ? this.#latest.seconds : null;
  }

  /** Call where work begins or ends, too: what held the thread before is told by what it did before. */
  look(): void {
    const { byWork, byBrowser } = this.#hold();
    // Who has become much slower than measured must come to the end of a lease all the same.
    const patience = byBrowser + byWork * 2 ** this.#through;
    const milliseconds = this.#watch.look(patience);
    if (milliseconds === 0) return;
    const seconds = Math.round(milliseconds / 1000);
    this.#latest = { seconds, told: false };
    if (patience > 0) this.#through += 1;
    this.#woke(seconds);
  }

  /** The coordinator knows of the latest one. */
  told(): void {
    if (this.#latest) this.#latest = { ...this.#latest, told: true };
  }

  /** A lease came to its end. */
  awake(): void {
    this.#through = 0;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
