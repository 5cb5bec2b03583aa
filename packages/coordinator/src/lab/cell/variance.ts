/** How much samples differ, of all dimensions together: what collapses, differs less than the data. */
export class TotalVariance {
  readonly #sums: Float64Array;
  /** The first example: what is near it differs from it by numbers of few digits, which nothing is lost of. */
  #origin: Float32Array | null = null;
  #squares = 0;
  #count = 0;

  /** @param dimensions - numbers of an example */
  constructor(dimensions: number) {
    this.#sums = new Float64Array(dimensions);
  }

  /** @param part - float32 [n, dimensions] */
  add(part: Float32Array): void {
    const sums = this.#sums;
    const origin = (this.#origin ??= part.slice(0, sums.length));
    for (let i = 0; i < part.length; i++) {
      const dimension = i % sums.length;
      const from = part[i] - origin[dimension];
      sums[dimension] += from;
      this.#squares += from * from;
    }
    this.#count += part.length / sums.length;
  }

  /** The sum of the variances of all dimensions, by n. */
  get value(): number {
    const n = this.#count;
    return this.#squares / n - this.#sums.reduce((sum, each) => sum + (each / n) ** 2, 0);
  }
}
