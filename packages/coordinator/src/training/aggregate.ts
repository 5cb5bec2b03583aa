/**
 * Sums the records of a step in block order, whatever order they arrive in: the sum is then the same to the
 * bit, whoever computed what. A record that arrives before its turn waits as a view of its frame.
 */
import {
  emptyPasses,
  mergeRecord,
  newTotal,
  type Moments,
  type PassMoments,
  type RecordLayout,
  type UpdateRecord,
} from '@gantry/shared';

export interface StepSums {
  readonly examples: number;
  /** float32 [trainableCount]: Σ over the global batch. Valid until the next step begins. */
  readonly gradient: Float32Array<ArrayBuffer>;
  /** Σ over the global batch, in the order of `metricNames`. */
  readonly metrics: Float64Array;
  /** Σ over the global batch, by activation layer. */
  readonly saturation: Float64Array;
  /** Per pass, per batch-norm layer that trains. */
  readonly moments: PassMoments;
}

export class Aggregator {
  readonly #layout: RecordLayout;
  readonly #gradient: Float32Array<ArrayBuffer>;
  readonly #early = new Map<number, UpdateRecord>();
  #metrics: Float64Array;
  #saturation: Float64Array;
  #moments: Moments[][];
  #examples = 0;
  #next = 0;

  constructor(layout: RecordLayout) {
    this.#layout = layout;
    this.#gradient = newTotal(layout.gradientLength);
    this.#metrics = new Float64Array(layout.metricsLength);
    this.#saturation = new Float64Array(layout.saturationLength);
    this.#moments = emptyPasses(layout);
  }

  begin(): void {
    this.#metrics = new Float64Array(this.#layout.metricsLength);
    this.#saturation = new Float64Array(this.#layout.saturationLength);
    this.#moments = emptyPasses(this.#layout);
    this.#early.clear();
    this.#examples = 0;
    this.#next = 0;
  }

  /** Takes a record; each block once. */
  add(record: UpdateRecord): void {
    this.#early.set(record.firstBlock, record);
    for (;;) {
      const next = this.#early.get(this.#next);
      if (next === undefined) return;
      this.#early.delete(this.#next);
      this.#next += next.blocks;
      this.#sum(next);
    }
  }

  /** The sums of all blocks; call when each has been added. */
  sums(): StepSums {
    return {
      examples: this.#examples,
      gradient: this.#gradient,
      metrics: this.#metrics,
      saturation: this.#saturation,
      moments: this.#moments,
    };
  }

  #sum(record: UpdateRecord): void {
    const { encoded, statistics } = record;
    const { codec } = this.#layout;
    if (this.#examples === 0) codec.decode(encoded, this.#gradient);
    else codec.addTo(encoded, this.#gradient);
    this.#examples += record.examples;
    let at = 0;
    for (; at < this.#layout.metricsLength; at++) this.#metrics[at] += statistics[at];
    for (let i = 0; i < this.#layout.saturationLength; i++, at++) this.#saturation[i] += statistics[at];
    mergeRecord(this.#layout, record, this.#moments);
  }
}
