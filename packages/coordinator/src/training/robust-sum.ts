/**
 * Aggregations that a few wrong blocks cannot move far. What comes out stands for the sum over all blocks, but is not it:
 * these are biased estimates of the gradient of the global batch, for experiments with workers that lie. Like the sum they
 * depend on the blocks alone, not on who computed them.
 */
import { gantryError, type Codec, type RunConfig } from '@gantry/shared';

export type RobustAggregation = Exclude<RunConfig['aggregation'], { readonly kind: 'sum' }>;

export class RobustSum {
  readonly #codec: Codec;
  readonly #length: number;
  readonly #blocks: number;
  readonly #aggregation: RobustAggregation;
  /** float32 [blocks, length]: all blocks of a step are needed at once. */
  readonly #vectors: readonly Float32Array<ArrayBuffer>[];
  readonly #total: Float32Array<ArrayBuffer>;
  #added = 0;

  constructor(codec: Codec, length: number, blocks: number, aggregation: RobustAggregation) {
    this.#codec = codec;
    this.#length = length;
    this.#blocks = blocks;
    this.#aggregation = aggregation;
    this.#vectors = Array.from({ length: blocks }, () => new Float32Array(length));
    this.#total = new Float32Array(length);
  }

  begin(): void {
    this.#added = 0;
  }

  /** Takes a block, once. */
  add(block: number, encoded: Uint8Array<ArrayBuffer>): void {
    this.#codec.decode(encoded, this.#vectors[block]);
    this.#added += 1;
  }

  /** float32 [length]; valid until `begin`. @throws INTERNAL before each block has been added */
  total(): Float32Array<ArrayBuffer> {
    if (this.#added !== this.#blocks)
      throw gantryError('INTERNAL', 'a step was summed before all of its blocks came');
    const { kind } = this.#aggregation;
    if (kind === 'clipped') this.#clip(this.#aggregation.factor);
    else
      this.#middle(
        kind === 'median' ? (this.#blocks - 1) >> 1 : Math.floor(this.#aggregation.trim * this.#blocks),
      );
    return this.#total;
  }

  /** Σ of the blocks, those longer than `factor` times the median norm shortened to that. */
  #clip(factor: number): void {
    const norms = this.#vectors.map((vector) => {
      let squares = 0;
      for (const value of vector) squares += value * value;
      return Math.sqrt(squares);
    });
    const most = factor * middleOf(norms.toSorted((a, b) => a - b));
    const scales = norms.map((norm) => (norm > most ? most / norm : 1));
    for (let i = 0; i < this.#length; i++) {
      let sum = 0;
      for (let block = 0; block < this.#blocks; block++) sum += scales[block] * this.#vectors[block][i];
      this.#total[i] = sum;
    }
  }

  /** Of each coordinate the mean without the `trim` smallest and largest, times the blocks. */
  #middle(trim: number): void {
    const values = new Float32Array(this.#blocks);
    const kept = this.#blocks - 2 * trim;
    for (let i = 0; i < this.#length; i++) {
      for (let block = 0; block < this.#blocks; block++) values[block] = this.#vectors[block][i];
      values.sort();
      let sum = 0;
      for (let at = trim; at < this.#blocks - trim; at++) sum += values[at];
      this.#total[i] = (sum / kept) * this.#blocks;
    }
  }
}

/** @param sorted - ascending, not empty */
const middleOf = (sorted: readonly number[]): number =>
  (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
