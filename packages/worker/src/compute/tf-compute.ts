/** Compute on TensorFlow.js, for any of its backends. */
import {
  beginRecord,
  classesOf,
  examplesPerBlock,
  exchangesOf,
  gantryError,
  hasWholeRecords,
  phaseNames,
  plainRecord,
  recordBytes,
  recordLayout,
  volume,
  type ExchangeSpec,
  type ModelPlan,
  type NetworkPlan,
  type NetworkState,
  type PhaseName,
  type RecordLayout,
  type RunConfig,
} from '@gantry/shared';
import { BlockSums } from './block-sums.ts';
import { examplesAtOnce, inParts } from './in-parts.ts';
import { InputDrawing, type Inputs, type Ranges } from './inputs.ts';
import { Judge } from './judge.ts';
import { Arena, walkInStep } from './lock-step.ts';
import { contextLost } from './lost-context.ts';
import { losses } from './losses.ts';
import { macrotask } from './macrotask.ts';
import { microbatch, type Examples, type LoadedNetwork, type MicrobatchSums } from './microbatch.ts';
import { buildNetwork, forward, through, type Network } from './network.ts';
import { OwnRunning } from './own-running.ts';
import { release, upload } from './replica.ts';
import { scoped } from './scoped.ts';
import { standingStatistics } from './standing.ts';
import * as tf from './tf.ts';
import type {
  BackendName,
  Cancelled,
  Compute,
  ExampleSource,
  Exchange,
  LeaseTask,
  StandingSource,
  Sums,
} from './types.ts';

export class TfCompute implements Compute {
  readonly backend: BackendName;
  readonly threads: number;
  readonly lost: Promise<void>;
  private readonly model: ModelPlan;
  private readonly config: RunConfig;
  private readonly networks: Readonly<Record<PhaseName, Network>>;
  private readonly layouts: Readonly<Record<PhaseName, RecordLayout>>;
  private readonly exchanges: Readonly<Record<PhaseName, readonly ExchangeSpec[]>>;
  /** Whether a lease is one record; else each of its blocks is. */
  private readonly wholeLeases: boolean;
  private readonly own: Readonly<Record<PhaseName, OwnRunning>> | null;
  private readonly inputs: InputDrawing;
  private readonly loaded: Partial<Record<PhaseName, LoadedNetwork>> = {};

  /** The backend must have started; `createCompute` sees to that. */
  constructor(backend: BackendName, model: ModelPlan, config: RunConfig, threads = 1) {
    const { epsilon, momentum, statistics } = config.batchNorm;
    const both = <T>(make: (phase: PhaseName) => T): Readonly<Record<PhaseName, T>> => ({
      discriminator: make('discriminator'),
      generator: make('generator'),
    });
    this.backend = backend;
    this.threads = threads;
    this.lost = contextLost();
    this.model = model;
    this.config = config;
    this.inputs = new InputDrawing(config);
    this.networks = both((network) => buildNetwork(model[network], epsilon));
    this.layouts = both((phase) => recordLayout(model, phase));
    this.exchanges = both((phase) => (statistics === 'global' ? exchangesOf(model, phase, config.loss) : []));
    this.wholeLeases = hasWholeRecords(config) || config.strategy.kind === 'local';
    this.own = statistics === 'local' ? both((network) => new OwnRunning(model[network], momentum)) : null;
  }

  load(network: PhaseName, state: NetworkState): void {
    const old = this.loaded[network];
    this.loaded[network] = {
      network: this.networks[network],
      parameters: upload(this.model[network], state.parameters),
      running: state.running.slice(),
    };
    if (old !== undefined) release(old.parameters);
    this.own?.[network].begin(state.running);
  }

  payloadBytes(phase: PhaseName, blocks: number): number {
    return recordBytes(this.layouts[phase]) * (this.wholeLeases ? 1 : blocks);
  }

  async update(
    task: LeaseTask,
    source: ExampleSource,
    payload: Uint8Array<ArrayBuffer>,
    cancelled: Cancelled,
    exchange: Exchange,
  ): Promise<Sums | null> {
    await this.use();
    const microbatches = task.blocks.length * this.config.batch.block;
    let done: boolean;
    if (this.own !== null) done = await this.whole(task, source, payload, cancelled, this.own);
    else if (this.exchanges[task.phase].length > 0) {
      done = await this.inStep(task, source, payload, cancelled, exchange);
    } else done = await this.blockByBlock(task, source, payload, cancelled);
    if (!done) return null;
    return { records: this.wholeLeases ? 1 : task.blocks.length, microbatches };
  }

  prepare({ phase, step, blocks }: LeaseTask, source: ExampleSource, wanted: () => boolean): Promise<void> {
    return this.inputs.prepare({ phase, step }, this.batchesOf(blocks), source, wanted);
  }

  /** All of the lease as one batch, with this worker's own statistics. */
  private async whole(
    task: LeaseTask,
    source: ExampleSource,
    payload: Uint8Array<ArrayBuffer>,
    cancelled: Cancelled,
    own: Readonly<Record<PhaseName, OwnRunning>>,
  ): Promise<boolean> {
    const sums = this.begin(task.phase, payload, 0, task.blocks);
    const [ranges] = this.batchesOf(task.blocks);
    if (!(await this.add(sums, task, ranges, source, cancelled))) return false;
    sums.finish();
    own[task.phase].update(sums.moments);
    return true;
  }

  /** One microbatch after another, summed in their order. */
  private async blockByBlock(
    task: LeaseTask,
    source: ExampleSource,
    payload: Uint8Array<ArrayBuffer>,
    cancelled: Cancelled,
  ): Promise<boolean> {
    for (const [index, blocks] of this.recordsOf(task).entries()) {
      const sums = this.begin(task.phase, payload, index, blocks);
      for (const ranges of this.batchesOf(blocks)) {
        // In order, one after another: the order is part of the result.
        // oxlint-disable-next-line no-await-in-loop
        if (!(await this.add(sums, task, ranges, source, cancelled))) return false;
      }
      sums.finish();
    }
    return true;
  }

  /** All microbatches of the lease together, each on its own, but for the statistics. */
  private async inStep(
    task: LeaseTask,
    source: ExampleSource,
    payload: Uint8Array<ArrayBuffer>,
    cancelled: Cancelled,
    exchange: Exchange,
  ): Promise<boolean> {
    const { block, microbatch: size } = this.config.batch;
    const { phase } = task;
    const inputs = await Promise.all(
      this.batchesOf(task.blocks).map((ranges) => this.inputs.fetch(task, ranges, source)),
    );
    await macrotask();
    if (await cancelled()) return false;
    const arena = new Arena();
    try {
      const walks = inputs.map((input) =>
        microbatch(
          this.loadedModel(),
          phase,
          arena.hold(() => this.examples(task, input)),
        ),
      );
      const exchanges = this.exchanges[phase];
      const results = await walkInStep(walks, arena, { block, microbatch: size, exchanges, exchange });
      if (results === null || (await cancelled())) return false;
      let next = 0;
      for (const [index, blocks] of this.recordsOf(task).entries()) {
        const sums = this.begin(phase, payload, index, blocks);
        const first = next;
        next += blocks.length * block;
        for (const result of results.slice(first, next)) {
          // oxlint-disable-next-line no-await-in-loop -- in order: the order is part of the result
          await sums.add(result, size);
        }
        sums.finish();
      }
      return true;
    } finally {
      arena.dispose();
    }
  }

  private begin(
    phase: PhaseName,
    payload: Uint8Array<ArrayBuffer>,
    index: number,
    blocks: readonly number[],
  ): BlockSums {
    const examples = blocks.length * examplesPerBlock(this.config.batch);
    const head = { firstBlock: blocks[0], blocks: blocks.length, examples };
    const layout = this.layouts[phase];
    return new BlockSums(
      layout,
      plainRecord(beginRecord(layout, payload, index * recordBytes(layout), head)),
      losses[this.config.loss.kind].right,
    );
  }

  /** Blocks of each record. */
  private recordsOf({ blocks }: LeaseTask): readonly (readonly number[])[] {
    return this.wholeLeases ? [blocks] : blocks.map((block) => [block]);
  }

  /** What passes together: the examples of each microbatch, or with `local` statistics all of them. */
  private batchesOf(blocks: readonly number[]): readonly Ranges[] {
    const { microbatch: count, block } = this.config.batch;
    if (this.own !== null) return [blocks.map((b) => ({ first: b * block * count, count: block * count }))];
    return blocks.flatMap((b) =>
      Array.from({ length: block }, (_, m) => [{ first: (b * block + m) * count, count }]),
    );
  }

  /** Computes the examples of `ranges` as one batch and adds it to `sums`. False where cancelled. */
  private async add(
    sums: BlockSums,
    task: LeaseTask,
    ranges: Ranges,
    source: ExampleSource,
    cancelled: Cancelled,
  ): Promise<boolean> {
    const input = await this.inputs.fetch(task, ranges, source);
    await macrotask();
    if (await cancelled()) return false;
    const result = scoped(() =>
      through(microbatch(this.loadedModel(), task.phase, this.examples(task, input))),
    );
    try {
      await sums.add(result, input.indices.length);
    } finally {
      dispose(result);
    }
    return true;
  }

  /** Onto the device. */
  private examples({ phase, step }: LeaseTask, inputs: Inputs): Examples {
    const { generator, discriminator } = this.model;
    const { indices, latents, fakeLabels, real, mix, weight, penalised } = inputs;
    const n = indices.length;
    // Steps of a round are not looked at one by one.
    const every = this.config.strategy.kind === 'local' ? 0 : this.config.diagnostics.every;
    return {
      place: { seed: this.config.seed, phase, step },
      indices,
      latents: tf.tensor(latents, [n, ...generator.input]),
      fakeLabels: this.oneHot(fakeLabels),
      real: real && {
        examples: tf.tensor(real.examples, [n, ...discriminator.input]),
        labels: this.oneHot(real.labels),
      },
      mix: mix && tf.tensor1d(mix),
      weight,
      penalised,
      diagnosed: every > 0 && step % every === 0,
      pooled: this.exchanges[phase].length > 0 ? this.config.batch.global : null,
    };
  }

  /** [n, classes]; null without labels. */
  private oneHot(labels: Int32Array): tf.Tensor | null {
    const classes = classesOf(this.config.data);
    if (classes === 0 || labels.length === 0) return null;
    const rows = new Float32Array(labels.length * classes);
    labels.forEach((label, row) => (rows[row * classes + label] = 1));
    return tf.tensor(rows, [labels.length, classes]);
  }

  private loadedModel() {
    return {
      networks: { generator: this.ready('generator'), discriminator: this.ready('discriminator') },
      loss: this.config.loss,
      pack: this.model.discriminator.pack,
    };
  }

  /** @throws INTERNAL before `load` */
  private ready(network: PhaseName): LoadedNetwork {
    const loaded = this.loaded[network];
    if (loaded === undefined) throw gantryError('INTERNAL', `the ${network} was not loaded`);
    return loaded;
  }

  async generate(
    state: NetworkState,
    latents: Float32Array<ArrayBuffer>,
    labels: Int32Array,
    standing?: StandingSource,
  ): Promise<Float32Array<ArrayBuffer>> {
    await this.use();
    const plan = this.model.generator;
    this.own?.generator.begin(state.running);
    const kept = this.own === null ? state.running : this.own.generator.values;
    const latent = plan.input[0];
    const parameters = upload(plan, state.parameters);
    try {
      const running = standing === undefined ? kept : await this.standing(plan, parameters, kept, standing);
      return await inParts(latents.length / latent, volume(plan.output), (first, n) => {
        const part = latents.slice(first * latent, (first + n) * latent);
        const pass = {
          parameters,
          groups: 1,
          training: false,
          running,
          labels: this.oneHot(labels.slice(first, first + n)),
          noise: null,
          pooled: null,
        };
        return through(forward(this.networks.generator, tf.tensor(part, [n, ...plan.input]), pass)).output;
      });
    } finally {
      release(parameters);
    }
  }

  async judge(
    state: NetworkState,
    examples: Float32Array<ArrayBuffer>,
    generated: Float32Array<ArrayBuffer>,
    real: Float32Array<ArrayBuffer>,
  ): Promise<{ scores: Float32Array<ArrayBuffer>; gradients: Float32Array<ArrayBuffer> }> {
    await this.use();
    const plan = this.model.discriminator;
    const own = this.own?.discriminator;
    own?.begin(state.running);
    const parameters = upload(plan, state.parameters);
    const running = own?.values ?? state.running;
    const judge = new Judge(
      plan,
      { network: this.networks.discriminator, parameters, running },
      this.config.loss,
    );
    const example = volume(plan.input);
    const of = (all: Float32Array, first: number, n: number): tf.Tensor =>
      tf.tensor(all.slice(first * example, (first + n) * example), [n, ...plan.input]);
    const atOnce = Math.max(1, Math.floor(examplesAtOnce / judge.copies));
    try {
      const scores = await inParts(
        examples.length / example,
        1,
        (first, n) => judge.scores(of(examples, first, n)),
        atOnce,
      );
      const gradients = await inParts(
        generated.length / example,
        example,
        (first, n) => judge.gradients(of(generated, first, n), of(real, first, n)),
        atOnce,
      );
      return { scores, gradients };
    } finally {
      release(parameters);
    }
  }

  private standing(
    plan: NetworkPlan,
    parameters: LoadedNetwork['parameters'],
    running: Float32Array,
    source: StandingSource,
  ): Promise<Float32Array<ArrayBuffer>> {
    const { seed, batch, evaluation } = this.config;
    return standingStatistics({
      plan,
      network: this.networks.generator,
      parameters,
      running,
      passes: evaluation.standingPasses,
      examples: batch.microbatch,
      seed,
      source,
      oneHot: (labels) => this.oneHot(labels),
    });
  }

  tensors(): number {
    return tf.memory().numTensors;
  }

  dispose(): void {
    for (const network of phaseNames) {
      const loaded = this.loaded[network];
      if (loaded !== undefined) release(loaded.parameters);
      delete this.loaded[network];
    }
  }

  /** TensorFlow.js computes on one backend at a time; tests of another may have come between. */
  private async use(): Promise<void> {
    if (tf.getBackend() !== this.backend) await tf.setBackend(this.backend);
  }
}

function dispose({ gradients, loss, penalty, scores, moments, saturation }: MicrobatchSums): void {
  for (const gradient of Object.values(gradients)) gradient?.dispose();
  tf.dispose([loss, scores, ...(saturation ?? [])]);
  penalty?.dispose();
  for (const { mean, m2 } of moments) tf.dispose([mean, m2]);
}
