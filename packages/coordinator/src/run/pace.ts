/** Throughput over the latest steps. */
const window = 64;

export class Pace {
  /** When steps came, and how many have come by then. */
  readonly #marks: { readonly at: number; readonly steps: number }[] = [];
  #steps = 0;

  /** @param at - milliseconds; @param steps - that came at once: several where they come by the round */
  step(at: number, steps = 1): void {
    this.#steps += steps;
    this.#marks.push({ at, steps: this.#steps });
    if (this.#marks.length > window) this.#marks.shift();
  }

  /** The steps so far tell nothing of those to come. */
  forget(): void {
    this.#marks.length = 0;
  }

  /** Steps a second; 0 while unknown. Falls while no step comes. */
  stepsPerSecond(now: number): number {
    const spans = this.#marks.length - 1;
    if (spans < 1) return 0;
    const first = this.#marks[0];
    const last = this.#marks[spans];
    // One usual gap since the last step says nothing yet.
    const took = Math.max(last.at, now - (last.at - first.at) / spans) - first.at;
    return took > 0 ? (1000 * (last.steps - first.steps)) / took : 0;
  }
}
