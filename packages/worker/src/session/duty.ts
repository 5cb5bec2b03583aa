/**
 * How much of the time a machine computes. Below all of it, it rests between microbatches, as long as makes the share
 * right: so it stays cool and quiet, and each lease takes as many times longer. The coordinator learns that from how long
 * leases took, as of any machine that became slower; and so that none counts as late, it becomes slower by and by.
 */

export interface Ticker {
  /** Milliseconds, never set. */
  now(): number;
  wait(milliseconds: number): Promise<void>;
}

export const systemTicker: Ticker = {
  now: () => performance.now(),
  wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/** Shorter rests add up until they are worth a timer. Milliseconds. */
const leastRest = 10;
/** Between two looks at whether the lease is still wanted. Milliseconds. */
const longestNap = 100;
/** Of what the coordinator expects, what a lease may take: less than 1.5 times, from where on it is late. */
const patience = 1.33;
/** Weight of the newest lease in what the coordinator takes for this machine's pace. */
const paceWeight = 0.3;

export class Duty {
  readonly #ticker: Ticker;
  /** How many times longer than at work all the time everything shall take. */
  #wanted: number;
  /** What the coordinator knows of that. */
  #known = 1;
  /** Of the lease under way. */
  #slowness = 1;
  /** Milliseconds of rest that are due. */
  #due = 0;
  #since = 0;

  /** @param load - share of the time to compute, above 0, at most 1 */
  constructor(load: number, ticker: Ticker = systemTicker) {
    this.#wanted = 1 / load;
    this.#ticker = ticker;
  }

  get load(): number {
    return 1 / this.#wanted;
  }

  /** From the next lease on, by and by. @param load - above 0, at most 1 */
  setLoad(load: number): void {
    this.#wanted = 1 / load;
  }

  /** The coordinator is told the pace anew. @returns how many times longer than measured everything takes */
  introduce(): number {
    this.#known = this.#wanted;
    this.#due = 0;
    return this.#wanted;
  }

  /** Work begins, or goes on after waiting for others. */
  begin(): void {
    this.#since = this.#ticker.now();
  }

  /** A lease begins. @param times - so many times longer it takes besides, at once: somebody is to see what comes of it */
  beginLease(times = 1): void {
    this.#slowness = times * Math.min(this.#wanted, patience * this.#known);
    this.begin();
  }

  /** Work ends: what it took asks for rest, later. */
  end(): void {
    const now = this.#ticker.now();
    this.#due += (now - this.#since) * (this.#slowness - 1);
    this.#since = now;
  }

  /** Rests, where enough is due. @param unwanted - ends it early */
  async rest(unwanted: () => boolean): Promise<void> {
    this.end();
    while (this.#due >= leastRest && !unwanted()) {
      const began = this.#ticker.now();
      // oxlint-disable-next-line no-await-in-loop -- one nap after the other
      await this.#ticker.wait(Math.min(this.#due, longestNap));
      // A timer that comes late is made up for; one that slept with its machine is not.
      this.#due = Math.max(-longestNap, this.#due - (this.#ticker.now() - began));
    }
    this.begin();
  }

  /** Its answer goes out. */
  endLease(): void {
    this.#known += paceWeight * (this.#slowness - this.#known);
  }

  /** What was under way is not wanted: nor is the rest from it. */
  forget(): void {
    this.#due = 0;
  }
}
