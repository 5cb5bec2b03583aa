/** Throughput over the latest steps. */
const window = 64;

export class Pace {
  readonly #times: number[] = [];

  /** @param at - milliseconds */
  step(at: number): void {
    this.#times.push(at);
    if (this.#times.length > window) this.#times.shift();
  }

  /** Steps a second; 0 while unknown. */
  stepsPerSecond(): number {
    const spans = this.#times.length - 1;
    if (spans < 1) return 0;
    const took = this.#times[spans] - this.#times[0];
    return took > 0 ? (1000 * spans) / took : 0;
  }
}
