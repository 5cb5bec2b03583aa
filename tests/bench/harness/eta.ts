/** How long a number of equal jobs will take. */
export class Eta {
  readonly #jobs: number;
  readonly #atOnce: number;
  readonly #times: number[] = [];

  constructor(jobs: number, atOnce: number) {
    this.#jobs = jobs;
    this.#atOnce = atOnce;
  }

  /** @param milliseconds - that the job took */
  done(milliseconds: number): void {
    this.#times.push(milliseconds);
  }

  text(): string {
    const { length } = this.#times;
    if (length === 0) return `training 1 of ${this.#jobs}`;
    const mean = this.#times.reduce((sum, time) => sum + time, 0) / length;
    const left = (mean * (this.#jobs - length)) / this.#atOnce / 60_000;
    return `${length} of ${this.#jobs} trainings done, about ${Math.ceil(left)} min left`;
  }
}
