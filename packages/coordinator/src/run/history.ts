/** Losses of a run for its curves, thinned so that a run of any length fits a page. */
export interface LossPoints {
  readonly iteration: number[];
  readonly discriminator: number[];
  readonly generator: number[];
}

const most = 4000;
const none = (): LossPoints => ({ iteration: [], discriminator: [], generator: [] });

export class LossHistory {
  #kept = none();
  #fresh = none();
  /** Every so many iterations are kept. */
  #stride = 1;

  add(iteration: number, discriminator: number, generator: number): void {
    push(this.#fresh, iteration, discriminator, generator);
    if (iteration % this.#stride !== 0) return;
    push(this.#kept, iteration, discriminator, generator);
    if (this.#kept.iteration.length <= most) return;
    this.#stride *= 2;
    const thinned = none();
    const { iteration: iterations } = this.#kept;
    iterations.forEach((at, i) => {
      if (at % this.#stride === 0) push(thinned, at, this.#kept.discriminator[i], this.#kept.generator[i]);
    });
    this.#kept = thinned;
  }

  /** The whole run, thinned. */
  all(): LossPoints {
    return this.#kept;
  }

  /** What came since this was last called. */
  takeFresh(): LossPoints {
    const fresh = this.#fresh;
    this.#fresh = none();
    return fresh;
  }
}

function push(points: LossPoints, iteration: number, discriminator: number, generator: number): void {
  points.iteration.push(iteration);
  points.discriminator.push(discriminator);
  points.generator.push(generator);
}
