/**
 * Holds the bytes of a run: master parameters, running statistics, optimizer states and the generator's moving
 * average (EMA); and makes a new version of them out of sums. What workers hold is the replica: with the codec
 * `float32` it equals its master, and the same arrays serve as both.
 */
import {
  emaDecay,
  gantryError,
  hasWholeRecords,
  initialParameters,
  initialRunning,
  learningRateFactor,
  metricNames,
  moveAverage,
  newVectors,
  phaseNames,
  phaseNumber,
  createOptimizer,
  outerStep,
  stalenessFactor,
  checksum64,
  unitsPerVersion,
  wireLayouts,
  type LiveSettings,
  type ModelPlan,
  type NetworkState,
  type PassMoments,
  type PhaseName,
  type Position,
  type Optimizer,
  type OptimizerState,
  type RecordLayouts,
  type Round,
  type Replica,
  type RunConfig,
  type Tensor,
  type UpdateRecord,
} from '@gantry/shared';
import { Aggregator, type StepSums } from './aggregate.ts';
import { layerSpans, meanAndNorms, type LayerSpan } from './layer-norms.ts';
import { moveRunning } from './moments.ts';
import { parameterPlaces, planTransfer, runningPlaces, shapesOf } from './transfer.ts';

/** Means over the global batch, by metric name. */
export type StepMetrics = Readonly<Record<string, number>>;

/** What a step came to for the network that it changed, or a round for one of the two. */
export interface StepResult {
  readonly phase: PhaseName;
  readonly metrics: StepMetrics;
  /** float32 [trainableCount]: the gradient of the mean loss, or a round's mean change. Valid until the phase's next step. */
  readonly gradient: Float32Array<ArrayBuffer>;
  /** Norm of each layer's part of it, by layer (`conv1`, `block1/conv0`), in layer order. */
  readonly gradientNorms: Readonly<Record<string, number>>;
  /** Share of saturated outputs, by activation layer; null in steps that do not look at it. */
  readonly saturation: Readonly<Record<string, number>> | null;
}

const both = <T>(make: (phase: PhaseName) => T): Readonly<Record<PhaseName, T>> => ({
  discriminator: make('discriminator'),
  generator: make('generator'),
});

/** Optimizers remember nothing themselves: their states outlive them. */
function optimizersOf(
  { strategy, optimizer }: RunConfig,
  learningRates: LiveSettings['learningRates'],
): Readonly<Record<PhaseName, Optimizer>> {
  return both((phase) => {
    if (strategy.kind === 'local') return outerStep(strategy.outer);
    const configured = optimizer[phase];
    return createOptimizer({
      ...configured,
      learningRate: learningRates?.[phase] ?? configured.learningRate,
    });
  });
}

export class Trainer {
  readonly model: ModelPlan;
  readonly layouts: RecordLayouts;
  /** Parameters and running statistics of both networks. */
  readonly master: Replica;
  /** As workers hold them: what of the master has been sent. Running statistics are the master's own. */
  readonly replica: Replica;
  /** float32 [generator parameterCount]. */
  readonly ema: Float32Array<ArrayBuffer>;
  readonly #config: RunConfig;
  #optimizers: Readonly<Record<PhaseName, Optimizer>>;
  readonly #states: Readonly<Record<PhaseName, OptimizerState>>;
  readonly #aggregators: Readonly<Record<PhaseName, Aggregator>>;
  readonly #spans: Readonly<Record<PhaseName, readonly LayerSpan[]>>;

  constructor(config: RunConfig, model: ModelPlan) {
    this.#config = config;
    this.model = model;
    this.layouts = wireLayouts(model, config);
    const [units, whole] = [unitsPerVersion(config), hasWholeRecords(config)];
    this.#aggregators = both(
      (phase) => new Aggregator(this.layouts[phase], units, whole, config.aggregation),
    );
    this.#spans = both((phase) => layerSpans(model[phase]));
    this.#optimizers = optimizersOf(config, null);
    // What steps of a network work on lies in one memory, where kernels copy none of it.
    const vectors = both((phase) => {
      const { parameterCount, trainableCount } = model[phase];
      const averageLength = phase === 'generator' ? parameterCount : 0;
      const slots = this.#optimizers[phase].slots.map(() => trainableCount);
      const [parameters, average, ...remembered] = newVectors([parameterCount, averageLength, ...slots]);
      return { parameters, average, remembered };
    });
    this.#states = both((phase) =>
      this.#optimizers[phase].init(model[phase].trainableCount, vectors[phase].remembered),
    );
    this.master = both((phase) => ({
      parameters: vectors[phase].parameters,
      running: new Float32Array(model[phase].runningLength),
    }));
    for (const phase of phaseNames) {
      this.master[phase].parameters.set(initialParameters(model[phase], config.seed, phaseNumber[phase]));
      this.master[phase].running.set(initialRunning(model[phase]));
    }
    this.replica =
      config.codec.down === 'float32'
        ? this.master
        : both((phase) => ({ ...this.master[phase], parameters: this.master[phase].parameters.slice() }));
    this.ema = vectors.generator.average;
    this.ema.set(this.master.generator.parameters);
  }

  /**
   * From the next version made on.
   *
   * @param learningRates - 0 or more, before they decay with the schedule; null: as configured. Of the strategy
   *   `local`, whose optimizers are its workers', null.
   */
  tune(learningRates: LiveSettings['learningRates']): void {
    this.#optimizers = optimizersOf(this.#config, learningRates);
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
   * Makes the next version out of the step's sums, or the round's, and readies itself for the one after.
   *
   * @param round - of the strategy `local`, which changes both networks; null: the step at `position` changes one
   * @param staleness - versions that were made since its gradient's parameters
   * @returns null, and changes nothing, where the sums are not finite: finite records can add up to that
   */
  apply(position: Position, round: Round | null = null, staleness = 0): readonly StepResult[] | null {
    const phases = round === null ? [position.phase] : phaseNames;
    const found: { readonly result: StepResult; readonly moments: PassMoments }[] = [];
    for (const phase of phases) {
      const sums = this.#aggregators[phase].sums();
      const result = this.#mean(phase, sums, round === null && this.looks(position));
      if (result === null) return null;
      found.push({ result, moments: sums.moments });
    }
    return found.map(({ result, moments }) => {
      const { phase } = result;
      const steps = round === null ? 1 : round.iterations * round.lengths[phase];
      this.#move(result, moments, position, steps, staleness);
      this.#aggregators[phase].begin();
      return result;
    });
  }

  /** Workers send sums; this is the one place that divides. */
  #mean(phase: PhaseName, sums: StepSums, looks: boolean): StepResult | null {
    const scale = 1 / sums.examples;
    const spans = this.#spans[phase];
    const norms = new Float64Array(spans.length);
    const squares = meanAndNorms(sums.gradient, scale, spans, norms);
    if (!Number.isFinite(squares)) return null;
    const metrics: Record<string, number> = { gradientNorm: Math.sqrt(squares) };
    metricNames[phase].forEach((name, i) => {
      metrics[name] = sums.metrics[i] * scale;
    });
    const shares = (): Record<string, number> =>
      Object.fromEntries(this.model[phase].activations.map((name, i) => [name, sums.saturation[i] * scale]));
    return {
      phase,
      metrics,
      gradient: sums.gradient,
      gradientNorms: Object.fromEntries(spans.map(({ layer }, i) => [layer, norms[i]])),
      saturation: looks ? shares() : null,
    };
  }

  /** @param steps - that the network took between the two versions */
  #move(
    { phase, gradient: mean }: StepResult,
    moments: PassMoments,
    { iteration, steps: before }: Position,
    steps: number,
    staleness: number,
  ): void {
    const { strategy, batchNorm } = this.#config;
    const state = this.master[phase];
    // In a round, learning rates have done their part on the worker.
    const factor =
      strategy.kind === 'local'
        ? 1
        : learningRateFactor(this.#config, iteration) * stalenessFactor(this.#config, staleness);
    const trainable = state.parameters.subarray(0, mean.length);
    this.#optimizers[phase].update(trainable, mean, this.#states[phase], factor);
    if (batchNorm.statistics !== 'local') {
      // All moments of a round count as one batch's, which moves as far as its steps would have.
      const momentum = 1 - (1 - batchNorm.momentum) ** steps;
      moveRunning(this.layouts[phase], state.running, moments, steps === 1 ? batchNorm.momentum : momentum);
    }
    if (phase === 'generator') this.#updateEma(before.generator, steps);
  }

  /** Whether the step at `position` is one in which saturation and batch-norm drift are looked at. */
  looks({ phase, steps }: Position): boolean {
    const { every } = this.#config.diagnostics;
    return every > 0 && steps[phase] % every === 0;
  }

  #updateEma(first: number, steps: number): void {
    // An average that came with --from is warm already: a new run's small decays would throw it away.
    const { decay: full } = this.#config.ema;
    let decay = 1;
    for (let step = first; step < first + steps; step++) {
      decay *= this.#config.from === null ? emaDecay(full, step) : full;
    }
    // What is frozen is equal already, and averaging would round it.
    const { trainableCount } = this.model.generator;
    const { parameters } = this.master.generator;
    moveAverage(this.ema.subarray(0, trainableCount), parameters.subarray(0, trainableCount), decay);
  }

  /** The generator as it is evaluated: its moving average, with the running statistics of the generator. Copies. */
  evaluationState(): NetworkState {
    return { parameters: this.ema.slice(), running: this.master.generator.running.slice() };
  }

  /** The discriminator as it trains, with its running statistics. Copies. */
  discriminatorState(): NetworkState {
    const { parameters, running } = this.master.discriminator;
    return { parameters: parameters.slice(), running: running.slice() };
  }

  checksum(): string {
    return checksum64(
      ...phaseNames.flatMap((phase) => [this.master[phase].parameters, this.master[phase].running]),
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
    // What is frozen is not kept twice.
    for (const phase of phaseNames) {
      const { trainableCount } = this.model[phase];
      const { parameters } = this.master[phase];
      this.replica[phase].parameters.set(parameters.subarray(trainableCount), trainableCount);
    }
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
    this.ema.set(this.master.generator.parameters);
    take(averaged);
    // The average of what does not move is what it is.
    const { trainableCount } = this.model.generator;
    this.ema.set(this.master.generator.parameters.subarray(trainableCount), trainableCount);
    // Workers begin with all of it.
    for (const phase of phaseNames) this.replica[phase].parameters.set(this.master[phase].parameters);
  }

  /** Every vector of the training state, cut into its named tensors. */
  #views(): [name: string, view: Float32Array<ArrayBuffer>, shape: readonly number[]][] {
    const views: [string, Float32Array<ArrayBuffer>, readonly number[]][] = [];
    const cut = (prefix: string, phase: PhaseName, vector: Float32Array<ArrayBuffer>): void => {
      for (const { name, offset, size, shape } of parameterPlaces(this.model[phase], prefix)) {
        // Optimizers and replicas have of their own only what trains.
        if (offset >= vector.length) continue;
        views.push([name, vector.subarray(offset, offset + size), shape]);
      }
    };
    for (const phase of phaseNames) {
      cut(phase, phase, this.master[phase].parameters);
      const { running } = this.master[phase];
      for (const { name, offset, size, shape } of runningPlaces(this.model[phase], phase)) {
        views.push([name, running.subarray(offset, offset + size), shape]);
      }
      for (const [slot, vector] of Object.entries(this.#states[phase].slots)) {
        cut(`optimizer/${slot}/${phase}`, phase, vector);
      }
    }
    cut('ema/generator', 'generator', this.ema);
    if (this.replica !== this.master) {
      for (const phase of phaseNames) {
        const { trainableCount } = this.model[phase];
        cut(`replica/${phase}`, phase, this.replica[phase].parameters.subarray(0, trainableCount));
      }
    }
    return views;
  }
}
