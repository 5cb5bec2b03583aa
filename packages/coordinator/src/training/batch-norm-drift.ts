/**
 * How far workers' batch-norm statistics are from each other: for each worker the running statistics that it would
 * keep from its own examples alone, beside those that all examples give. With `batchNorm.statistics: "local"` each
 * worker really evaluates with its own, and this is the drift of that mistake; otherwise it is what merging moments
 * spares the run. Nothing in training depends on it.
 */
import {
  emptyPasses,
  limits,
  mergeRecord,
  statisticsByBlock,
  phaseNames,
  type BatchNormEntry,
  type Moments,
  type PhaseName,
  type RecordLayout,
  type Replica,
  type RunConfig,
  type UpdateRecord,
} from '@gantry/shared';
import { moveRunning } from './moments.ts';

export interface LayerDrift {
  /** ‖mean of the worker − mean of all‖ / √Σ(variance of all + ε): the distance in standard deviations. */
  readonly mean: number;
  /** Mean over channels of |ln((variance of the worker + ε) / (variance of all + ε))|. */
  readonly variance: number;
}
/** By worker, then by batch-norm layer. */
export type Drift = Readonly<Record<string, Readonly<Record<string, LayerDrift>>>>;

/** Statistics as somebody keeps them who sees some of the examples. */
interface Kept {
  /** float32 [runningLength] */
  readonly running: Float32Array;
  /** Of the step under way, by pass and layer; null: none of its examples yet. */
  moments: Moments[][] | null;
}
interface KeptByWorker extends Kept {
  /** Whether it had a part in a step since the last look. */
  active: boolean;
}

export class BatchNormDrift {
  readonly #layout: RecordLayout;
  readonly #settings: RunConfig['batchNorm'];
  readonly #pooled: Kept;
  /** Those heard last come last; those not heard for longest are forgotten. */
  readonly #workers = new Map<number, KeptByWorker>();

  /** @param running - statistics to begin from, float32 [runningLength]; copied */
  constructor(layout: RecordLayout, settings: RunConfig['batchNorm'], running: Float32Array) {
    this.#layout = layout;
    this.#settings = settings;
    this.#pooled = { running: running.slice(), moments: null };
  }

  /** A record of the step under way. A worker seen for the first time begins from the statistics of all. */
  add(worker: number, record: UpdateRecord): void {
    const own = this.#workers.get(worker) ?? {
      running: this.#pooled.running.slice(),
      moments: null,
      active: true,
    };
    own.active = true;
    this.#workers.delete(worker);
    this.#workers.set(worker, own);
    for (const [oldest] of this.#workers) {
      if (this.#workers.size <= limits.workers) break;
      this.#workers.delete(oldest);
    }
    for (const kept of [own, this.#pooled]) {
      kept.moments ??= emptyPasses(this.#layout);
      for (const each of statisticsByBlock(this.#layout, record)) {
        mergeRecord(this.#layout, each, kept.moments);
      }
    }
  }

  /** The step begins anew. */
  forget(): void {
    for (const kept of [this.#pooled, ...this.#workers.values()]) kept.moments = null;
  }

  /** The step is complete. */
  step(): void {
    for (const kept of [this.#pooled, ...this.#workers.values()]) {
      if (kept.moments !== null)
        moveRunning(this.#layout, kept.running, kept.moments, this.#settings.momentum);
      kept.moments = null;
    }
  }

  /** Of the workers that had a part in a step since the last look. */
  look(): Drift {
    const found: Record<string, Record<string, LayerDrift>> = {};
    for (const [worker, own] of this.#workers) {
      if (!own.active) continue;
      own.active = false;
      found[worker] = Object.fromEntries(
        this.#layout.batchNorms.map((entry) => [entry.name, this.#distance(own.running, entry)]),
      );
    }
    return found;
  }

  #distance(own: Float32Array, { offset, channels }: BatchNormEntry): LayerDrift {
    const { epsilon } = this.#settings;
    const { running } = this.#pooled;
    let distance = 0;
    let spread = 0;
    let ratios = 0;
    for (let c = 0; c < channels; c++) {
      const mean = offset + c;
      const variance = mean + channels;
      distance += (own[mean] - running[mean]) ** 2;
      spread += running[variance] + epsilon;
      ratios += Math.abs(Math.log((own[variance] + epsilon) / (running[variance] + epsilon)));
    }
    return { mean: Math.sqrt(distance / spread), variance: ratios / channels };
  }
}

/**
 * One for each phase whose network has batch norm that trains; none where `diagnostics.every` is 0, nor in the strategy
 * `local`, whose workers' networks drift themselves.
 */
export function driftsOf(
  { batchNorm, diagnostics, strategy }: RunConfig,
  layouts: Readonly<Record<PhaseName, RecordLayout>>,
  replica: Replica,
): Readonly<Partial<Record<PhaseName, BatchNormDrift>>> {
  const drifts: Partial<Record<PhaseName, BatchNormDrift>> = {};
  for (const phase of phaseNames) {
    const layout = layouts[phase];
    if (diagnostics.every === 0 || strategy.kind === 'local' || layout.batchNorms.length === 0) continue;
    drifts[phase] = new BatchNormDrift(layout, batchNorm, replica[phase].running);
  }
  return drifts;
}
