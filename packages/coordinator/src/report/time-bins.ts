/** Amounts over a time of any length, in so many bins; where there would be more, each becomes twice as wide. */

const most = 240;
const firstWidth = 250;

/** Milliseconds of a bin, over so many milliseconds. */
export function binWidth(duration: number): number {
  let width = firstWidth;
  while (duration > most * width) width *= 2;
  return width;
}

export class TimeBins {
  readonly #from: number;
  #width = firstWidth;
  #amounts: number[] = [];

  /** @param from - milliseconds; nothing comes from before */
  constructor(from: number) {
    this.#from = from;
  }

  /** @param amount - of something, spread evenly over that time */
  add(from: number, to: number, amount: number): void {
    if (to <= from || amount === 0) return;
    const [start, end] = [from - this.#from, to - this.#from];
    this.#widen(end);
    for (let bin = Math.floor(start / this.#width); bin * this.#width < end; bin++) {
      const overlap = Math.min(end, (bin + 1) * this.#width) - Math.max(start, bin * this.#width);
      this.#amounts[bin] = (this.#amounts[bin] ?? 0) + (amount * overlap) / (to - from);
    }
  }

  /** Amounts a second, by bin: `most` at most, evenly over the time up to `to`. null: there was none. */
  rates(to: number): (number | null)[] {
    this.#widen(to - this.#from);
    const count = Math.ceil((to - this.#from) / this.#width);
    return Array.from({ length: count }, (_, bin) => {
      const amount = this.#amounts[bin] ?? 0;
      return amount === 0 ? null : Number(((1000 * amount) / this.#width).toPrecision(3));
    });
  }

  /** Until so many milliseconds have a place. */
  #widen(duration: number): void {
    for (const width = binWidth(duration); this.#width < width; this.#width *= 2) {
      const before = this.#amounts;
      this.#amounts = Array.from(
        { length: Math.ceil(before.length / 2) },
        (_, bin) => (before[2 * bin] ?? 0) + (before[2 * bin + 1] ?? 0),
      );
    }
  }
}
