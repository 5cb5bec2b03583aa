/**
 * Holds the bytes of a run: master parameters, running statistics, optimizer states and the generator's moving
 * average (EMA); and makes a new version of them out of a step's sums. With the codec `float32` a replica
 * equals its master, so the same arrays serve as both.
 */
import {
  emaDecay,
  emptyReplica,
  gantryError,
  initialParameters,
  initialRunning,
  learningRateFactor,
  metricNames,
  phaseNames,
  phaseNumber,
  recordLayout,
  checksum64,
  type ModelPlan,
  type NetworkState,
  type PhaseName,
  type Position,
  type RecordLayout,
  type Replica,
  type RunConfig,
  type Tensor,
  type UpdateRecord,
} from '@gantry/shared';
import { Aggregator } from './aggregate.ts';
import { layerSpans, meanAndNorms, type LayerSpan } from './layer-norms.ts';
import { moveRunning } from './moments.ts';
import { parameterPlaces, planTransfer, runningPlaces, shapesOf } from './transfer.ts';
import { createOptimizer, type Optimizer, type OptimizerState } from './optimizer.ts';

/** Means over the global batch, by metric name. */
export type StepMetrics = Readonly<Record<string, number>>;

/** What a step came to. */
export interface StepResult {
  readonly metrics: StepMetrics;
  /** float32 [trainableCount]: of the mean loss. Valid until the phase's next step. */
  readonly gradient: Float32Array<ArrayBuffer>;
  /** Norm of each layer's part of it, by layer (`conv1`, `block1/conv0`), in layer order. */
  readonly gradientNorms: Readonly<Record<string, number>>;
  /** Share of saturated outputs, by activation layer; null in steps that do not look at it. */
  readonly saturation: Readonly<Record<string, number>> | null;
}

export class Trainer {
  readonly model: ModelPlan;
  readonly layouts: Readonly<Record<PhaseName, RecordLayout>>;
  /** Parameters and running statistics of both networks. */
  readonly replica: Replica;
  /** float32 [generator parameterCount]. */
  readonly ema: Float32Array<ArrayBuffer>;
  readonly #config: RunConfig;
  readonly #optimizers: Readonly<Record<PhaseName, Optimizer>>;
  readonly #states: Readonly<Record<PhaseName, OptimizerState>>;
  readonly #aggregators: Readonly<Record<PhaseName, Aggregator>>;
  readonly #spans: Readonly<Record<PhaseName, readonly LayerSpan[]>>;

  constructor(config: RunConfig, model: ModelPlan) {
    const both = <T>(make: (phase: PhaseName) => T): Readonly<Record<PhaseName, T>> => ({
      discriminator: make('discriminator'),
      generator: make('generator'),
    });
    this.#config = config;
    this.model = model;
    this.layouts = both((phase) => recordLayout(model, phase));
    this.#aggregators = both((phase) => new Aggregator(this.layouts[phase]));
    this.#spans = both((phase) => layerSpans(model[phase]));
    this.#optimizers = both((phase) => createOptimizer(config.optimizer[phase]));
    this.#states = both((phase) => this.#optimizers[phase].init(model[phase].trainableCount));
    this.replica = emptyReplica(model);
    for (const phase of phaseNames) {
      this.replica[phase].parameters.set(initialParameters(model[phase], config.seed, phaseNumber[phase]));
      this.replica[phase].running.set(initialRunning(model[phase]));
    }
    this.ema = this.replica.generator.parameters.slice();
  }

  /** The step under way begins anew: what was taken of it is forgotten. */
  forget(phase: PhaseName): void {
    this.#aggregators[phase].begin();
  }

  /** Takes a block's record of the step under way. */
  add(phase: PhaseName, record: UpdateRecord): void {
    this.#aggregators[phase].add(record);
  }

  /**
   * Makes the next version out of the step's sums, and readies itself for the step after.
   *
   * @returns null, and changes nothing, where the sums are not finite: finite records can add up to that
   */
  apply(position: Position): StepResult | null {
    const { phase } = position;
    const sums = this.#aggregators[phase].sums();
    const state = this.replica[phase];
    // Workers send sums; this is the one place that divides.
    const scale = 1 / sums.examples;
    const spans = this.#spans[phase];
    const norms = new Float64Array(spans.length);
    const squares = meanAndNorms(sums.gradient, scale, spans, norms);
    if (!Number.isFinite(squares)) return null;
    const factor = learningRateFactor(this.#config, position.iteration);
    const trainable = state.parameters.subarray(0, sums.gradient.length);
    this.#optimizers[phase].update(trainable, sums.gradient, this.#states[phase], factor);
    const { statistics, momentum } = this.#config.batchNorm;
    if (statistics !== 'local') moveRunning(this.layouts[phase], state.running, sums.moments, momentum);
    if (phase === 'generator') this.#updateEma(position.steps.generator);
    this.#aggregators[phase].begin();
    const metrics: Record<string, number> = { gradientNorm: Math.sqrt(squares) };
    metricNames[phase].forEach((name, i) => {
      metrics[name] = sums.metrics[i] * scale;
    });
    const shares = (): Record<string, number> =>
      Object.fromEntries(this.model[phase].activations.map((name, i) => [name, sums.saturation[i] * scale]));
    return {
      metrics,
      gradient: sums.gradient,
      gradientNorms: Object.fromEntries(spans.map(({ layer }, i) => [layer, norms[i]])),
      saturation: this.looks(position) ? shares() : null,
    };
  }

  /** Whether the step at `position` is one in which saturation and batch-norm drift are looked at. */
  looks({ phase, steps }: Position): boolean {
    const { every } = this.#config.diagnostics;
    return every > 0 && steps[phase] % every === 0;
  }

  #updateEma(step: number): void {
    // An average that came with --from is warm already: a new run's small decays would throw it away.
    const { decay: full } = this.#config.ema;
    const decay = this.#config.from === null ? emaDecay(full, step) : full;
    const { ema } = this;
    const { parameters } = this.replica.generator;
    // What is frozen is equal already, and averaging would round it.
    const { trainableCount } = this.model.generator;
    for (let i = 0; i < trainableCount; i++) ema[i] = decay * ema[i] + (1 - decay) * parameters[i];
  }

  /** The generator as it is evaluated: its moving average, with the running statistics of the generator. Copies. */
  evaluationState(): NetworkState {
    return { parameters: this.ema.slice(), running: this.replica.generator.running.slice() };
  }

  checksum(): string {
    return checksum64(
      ...phaseNames.flatMap((phase) => [this.replica[phase].parameters, this.replica[phase].running]),
    );
  }

  /** Training state for a checkpoint: copies, so that training may go on while they are written. */
  tensors(): Map<string, Tensor> {
    const all = new Map<string, Tensor>();
    for (const [name, view, shape] of this.#views()) all.set(name, { shape, data: view.slice() });
    return all;
  }

  /** Numbers of a checkpoint that are not tensors. */
  counts(): Readonly<Record<PhaseName, number>> {
    return { discriminator: this.#states.discriminator.count, generator: this.#states.generator.count };
  }

  /** @throws SAFETENSORS_INVALID where a tensor is missing or of another shape */
  restore(tensors: ReadonlyMap<string, Tensor>, counts: Readonly<Record<PhaseName, number>>): void {
    const views = this.#views();
    for (const [name, view] of views) {
      const found = tensors.get(name);
      if (found?.data.length !== view.length) {
        throw gantryError('SAFETENSORS_INVALID', `tensor ${name} of ${view.length} numbers is not there`);
      }
    }
    for (const [name, view] of views) view.set((tensors.get(name) as Tensor).data);
    for (const phase of phaseNames) this.#states[phase].count = counts[phase];
  }

  /**
   * Begins from another run's parameters, running statistics and moving average, where name and shape match. The
   * optimizer begins anew.
   */
  adopt(tensors: ReadonlyMap<string, Tensor>): void {
    const loaded = new Set(planTransfer(shapesOf(this.model), tensors).loaded);
    const take = (wanted: (name: string) => boolean): void => {
      for (const [name, view] of this.#views()) {
        const found = loaded.has(name) && wanted(name) ? tensors.get(name) : undefined;
        if (found) view.set(found.data);
      }
    };
    const averaged = (name: string): boolean => name.startsWith('ema/');
    take((name) => !averaged(name));
    // Where there is no moving average to take, it begins with the parameters, as in any run.
    this.ema.set(this.replica.generator.parameters);
    take(averaged);
    // The average of what does not move is what it is.
    const { trainableCount } = this.model.generator;
    this.ema.set(this.replica.generator.parameters.subarray(trainableCount), trainableCount);
  }

  /** Every vector of the training state, cut into its named tensors. */
  #views(): [name: string, view: Float32Array<ArrayBuffer>, shape: readonly number[]][] {
    const views: [string, Float32Array<ArrayBuffer>, readonly number[]][] = [];
    const cut = (prefix: string, phase: PhaseName, vector: Float32Array<ArrayBuffer>): void => {
      for (const { name, offset, size, shape } of parameterPlaces(this.model[phase], prefix)) {
        // Optimizers remember only what trains.
        if (offset >= vector.length) continue;
        views.push([name, vector.subarray(offset, offset + size), shape]);
      }
    };
    for (const phase of phaseNames) {
      cut(phase, phase, this.replica[phase].parameters);
      const { running } = this.replica[phase];
      for (const { name, offset, size, shape } of runningPlaces(this.model[phase], phase)) {
        views.push([name, running.subarray(offset, offset + size), shape]);
      }
      for (const [slot, vector] of Object.entries(this.#states[phase].slots)) {
        cut(`optimizer/${slot}/${phase}`, phase, vector);
      }
    }
    cut('ema/generator', 'generator', this.ema);
    return views;
  }
}
