/** Throughput over the latest steps. */
const window = 64;

export class Pace {
  readonly #times: number[] = [];

  /** @param at - milliseconds */
  step(at: number): void {
    this.#times.push(at);
    if (this.#times.length > window) this.#times.shift();
  }

  /** Steps a second; 0 while unknown. Falls while no step comes. */
  stepsPerSecond(now: number): number {
    const spans = this.#times.length - 1;
    if (spans < 1) return 0;
    const first = this.#times[0];
    const last = this.#times[spans];
    // One usual gap since the last step says nothing yet.
    const took = Math.max(last, now - (last - first) / spans) - first;
    return took > 0 ? (1000 * spans) / took : 0;
  }
}
