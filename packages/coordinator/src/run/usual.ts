/**
 * How large the numbers of a phase's records are, usually. What is far beyond may be an attack, or training that explodes:
 * so it is not refused, but somebody else is asked for the same.
 */

/** Times the median that are taken for far. Lazy regularisation, the largest honest jump, stays well below. */
const far = 100;
/** Records remembered, and how many are needed before anything is far. */
const remembered = 64;
const least = 16;

export class Usual {
  readonly #recent = new Float64Array(remembered);
  #count = 0;

  /** @param value - largest magnitude of a record, an example; zeros tell nothing of what is usual */
  remember(value: number): void {
    if (value === 0) return;
    this.#recent[this.#count % remembered] = value;
    this.#count += 1;
  }

  isFar(value: number): boolean {
    if (this.#count < least) return false;
    // Without sorting: far from the median is what is far from half of them.
    const known = Math.min(this.#count, remembered);
    let below = 0;
    for (let i = 0; i < known; i++) if (this.#recent[i] * far < value) below += 1;
    return 2 * below > known;
  }
}
