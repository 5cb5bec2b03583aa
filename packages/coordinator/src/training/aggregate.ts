/**
 * Sums the records of a step such that the result is the same to the bit, whoever computed what and in whatever order it
 * comes: gradients by a fixed tree over the blocks, the few other numbers in block order at the end. A record for a whole
 * lease is of no one block: what is summed from such depends on who got what anyway.
 */
import {
  emptyPasses,
  mergeRecord,
  statisticsByBlock,
  type PassMoments,
  type RecordLayout,
  type RunConfig,
  type UpdateRecord,
} from '@gantry/shared';
import { PairwiseSum } from './pairwise-sum.ts';
import { RobustSum } from './robust-sum.ts';

export interface StepSums {
  readonly examples: number;
  /** float32 [trainableCount]: Σ over the global batch, or what a robust aggregation takes for it. Valid until the next step begins. */
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
  readonly #whole: boolean;
  readonly #gradient: PairwiseSum | RobustSum;
  /** Of each record, by its first block: copies, so that no frame is kept for them. */
  readonly #others = new Map<number, Pick<UpdateRecord, 'statistics' | 'examples'>>();

  /**
   * @param units - blocks of a step, or slots of a round
   * @param whole - whether there is one record for each lease
   */
  constructor(
    layout: RecordLayout,
    units: number,
    whole: boolean,
    aggregation: RunConfig['aggregation'] = { kind: 'sum' },
  ) {
    this.#layout = layout;
    this.#whole = whole;
    const { codec, gradientLength } = layout;
    this.#gradient =
      aggregation.kind === 'sum'
        ? new PairwiseSum(codec, gradientLength, units)
        : new RobustSum(codec, gradientLength, units, aggregation);
  }

  /** Forgets what came; sums given out may be written again from now on. */
  begin(): void {
    this.#gradient.begin();
    this.#others.clear();
  }

  /** Takes a record; each block once. */
  add(record: UpdateRecord): void {
    const { firstBlock, blocks, encoded } = record;
    if (this.#whole && this.#gradient instanceof PairwiseSum) this.#gradient.addAny(encoded);
    else this.#gradient.add(firstBlock, encoded, blocks);
    for (const { firstBlock: block, statistics, examples } of statisticsByBlock(this.#layout, record)) {
      this.#others.set(block, { statistics: statistics.slice(), examples });
    }
  }

  /** The sums of all blocks; call when each has been added. */
  sums(): StepSums {
    const { metricsLength, saturationLength } = this.#layout;
    const metrics = new Float64Array(metricsLength);
    const saturation = new Float64Array(saturationLength);
    const moments = emptyPasses(this.#layout);
    let examples = 0;
    for (const [, record] of [...this.#others].sort(([a], [b]) => a - b)) {
      const { statistics } = record;
      examples += record.examples;
      for (let i = 0; i < metricsLength; i++) metrics[i] += statistics[i];
      for (let i = 0; i < saturationLength; i++) saturation[i] += statistics[metricsLength + i];
      mergeRecord(this.#layout, record, moments);
    }
    return { examples, gradient: this.#gradient.total(), metrics, saturation, moments };
  }
}
