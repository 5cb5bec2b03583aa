/**
 * What a step's workers exchange (`batchNorm.statistics: "global"`): contributions are kept by block, as views of their
 * frames, and merged in block order, so that the result is the same to the bit whoever computed what.
 */
import {
  examplesPerBlock,
  exchangeLength,
  exchangesOf,
  mergeExchange,
  phaseNames,
  type ExchangeSpec,
  type ModelPlan,
  type PhaseName,
  type RunConfig,
} from '@gantry/shared';

/** What the exchanges of a step cost, since it last began. */
export interface ExchangeCost {
  readonly exchanges: number;
  /** In which each exchange's first contributor waited for the last, and merging; summed. */
  readonly exchangeMilliseconds: number;
  /** Of whole frames, from all workers and to all workers. */
  readonly exchangeBytesUp: number;
  readonly exchangeBytesDown: number;
}

const nothing: ExchangeCost = {
  exchanges: 0,
  exchangeMilliseconds: 0,
  exchangeBytesUp: 0,
  exchangeBytesDown: 0,
};

export class Exchanges {
  /** Of one step of each phase, in order; empty where nothing is exchanged. */
  readonly specs: Readonly<Record<PhaseName, readonly ExchangeSpec[]>>;
  readonly #examples: number;
  readonly #now: () => number;
  /** Of the exchange that is under way, by block. */
  readonly #parts = new Map<number, Float32Array>();
  #firstAt = 0;
  #cost = nothing;

  /** @param now - milliseconds */
  constructor(config: RunConfig, model: ModelPlan, now: () => number) {
    const global = config.batchNorm.statistics === 'global';
    const [discriminator, generator] = phaseNames.map((phase) =>
      global ? exchangesOf(model, phase, config.loss) : [],
    );
    this.specs = { discriminator, generator };
    this.#examples = examplesPerBlock(config.batch);
    this.#now = now;
  }

  /** The step begins anew: what was contributed to it is forgotten, but not what it cost. */
  restart(): void {
    this.#parts.clear();
  }

  /**
   * Takes what a lease contributes.
   *
   * @param blocks - of the lease, ascending
   * @param values - float32 [blocks, groups, 2, channels]
   * @param bytes - of its frame
   */
  add(blocks: readonly number[], values: Float32Array, bytes: number): void {
    if (this.#parts.size === 0) this.#firstAt = this.#now();
    const length = values.length / blocks.length;
    blocks.forEach((block, i) => this.#parts.set(block, values.subarray(i * length, (i + 1) * length)));
    this.#cost = { ...this.#cost, exchangeBytesUp: this.#cost.exchangeBytesUp + bytes };
  }

  /** Merges what all blocks contributed to exchange `index`. @returns float32 [groups, 2, channels] */
  merge(phase: PhaseName, index: number): Float32Array<ArrayBuffer> {
    const spec = this.specs[phase][index];
    const parts = [...this.#parts].sort(([a], [b]) => a - b).map(([, values]) => values);
    const merged = new Float32Array(exchangeLength(spec));
    mergeExchange(spec, parts, this.#examples, merged);
    this.#parts.clear();
    const { exchanges, exchangeMilliseconds } = this.#cost;
    this.#cost = {
      ...this.#cost,
      exchanges: exchanges + 1,
      exchangeMilliseconds: exchangeMilliseconds + this.#now() - this.#firstAt,
    };
    return merged;
  }

  /** @param bytes - of a merged frame that went to a worker */
  sent(bytes: number): void {
    this.#cost = { ...this.#cost, exchangeBytesDown: this.#cost.exchangeBytesDown + bytes };
  }

  /** What a step of `phase` cost, once it is complete; nothing to tell where it exchanged nothing. */
  finish(phase: PhaseName): ExchangeCost | null {
    const cost = this.#cost;
    this.#parts.clear();
    this.#cost = nothing;
    return this.specs[phase].length > 0 ? cost : null;
  }
}
