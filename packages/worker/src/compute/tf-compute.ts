/** Compute on TensorFlow.js, for any of its backends. */
import {
  beginRecord,
  gantryError,
  recordBytes,
  recordLayout,
  type ModelPlan,
  type NetworkState,
  type PhaseName,
  type RecordLayout,
  type RunConfig,
} from '@gantry/shared';
import { BlockSums } from './block-sums.ts';
import type { Parameters } from './layers/layer.ts';
import { contextLost, isContextLost } from './lost-context.ts';
import { macrotask } from './macrotask.ts';
import { discriminatorMicrobatch, generatorMicrobatch, type MicrobatchSums } from './microbatch.ts';
import { buildNetwork, forward, type Network } from './network.ts';
import { OwnRunning } from './own-running.ts';
import { release, upload } from './replica.ts';
import { scoped } from './scoped.ts';
import * as tf from './tf.ts';
import type { BackendName, Compute, ExampleSource, LeaseTask, Sums } from './types.ts';

/** Examples that go through a network as one batch: [first, first + count) of the global batch, range after range. */
type Ranges = readonly { readonly first: number; readonly count: number }[];

/** Examples generated at a time, so that a sheet of thousands needs no more memory than a training step. */
const generateAtOnce = 256;

export class TfCompute implements Compute {
  readonly backend: BackendName;
  readonly lost: Promise<void>;
  private readonly model: ModelPlan;
  private readonly config: RunConfig;
  private readonly networks: Readonly<Record<PhaseName, Network>>;
  private readonly layouts: Readonly<Record<PhaseName, RecordLayout>>;
  private readonly own: Readonly<Record<PhaseName, OwnRunning>> | null;
  private readonly loaded: Partial<Record<PhaseName, Parameters>> = {};

  /** The backend must have started; `createCompute` sees to that. */
  constructor(backend: BackendName, model: ModelPlan, config: RunConfig) {
    const { epsilon, momentum, statistics } = config.batchNorm;
    this.backend = backend;
    this.lost = contextLost(backend);
    this.model = model;
    this.config = config;
    this.networks = {
      discriminator: buildNetwork(model.discriminator, epsilon),
      generator: buildNetwork(model.generator, epsilon),
    };
    this.layouts = {
      discriminator: recordLayout(model, 'discriminator'),
      generator: recordLayout(model, 'generator'),
    };
    this.own =
      statistics === 'local'
        ? {
            discriminator: new OwnRunning(model.discriminator, momentum),
            generator: new OwnRunning(model.generator, momentum),
          }
        : null;
  }

  load(network: PhaseName, state: NetworkState): void {
    const old = this.loaded[network];
    this.loaded[network] = upload(this.model[network], state.parameters);
    if (old !== undefined) release(old);
  }

  payloadBytes(phase: PhaseName, blocks: number): number {
    return recordBytes(this.layouts[phase]) * (this.own === null ? blocks : 1);
  }

  async update(
    task: LeaseTask,
    source: ExampleSource,
    payload: Uint8Array<ArrayBuffer>,
    cancelled: () => boolean,
  ): Promise<Sums | null> {
    await this.use();
    const { microbatch, block } = this.config.batch;
    const microbatches = task.blocks.length * block;
    if (this.own !== null) {
      const examples = microbatches * microbatch;
      const head = { firstBlock: task.blocks[0], blocks: task.blocks.length, examples };
      const ranges = task.blocks.map((b) => ({ first: b * block * microbatch, count: block * microbatch }));
      const sums = new BlockSums(
        this.layouts[task.phase],
        beginRecord(this.layouts[task.phase], payload, 0, head),
      );
      if (!(await this.add(sums, task, ranges, source, cancelled))) return null;
      sums.finish();
      this.own[task.phase].update(sums.moments);
      return { records: 1, microbatches };
    }
    for (const [index, firstBlock] of task.blocks.entries()) {
      const head = { firstBlock, blocks: 1, examples: block * microbatch };
      const layout = this.layouts[task.phase];
      const sums = new BlockSums(layout, beginRecord(layout, payload, index, head));
      for (let m = firstBlock * block; m < (firstBlock + 1) * block; m++) {
        const range = { first: m * microbatch, count: microbatch };
        // In order, one after another: the order is part of the result.
        // oxlint-disable-next-line no-await-in-loop
        if (!(await this.add(sums, task, [range], source, cancelled))) return null;
      }
      sums.finish();
    }
    // Before anything of it is sent: the event comes later.
    if (isContextLost(this.backend)) return null;
    return { records: task.blocks.length, microbatches };
  }

  /** Computes the examples of `ranges` as one batch and adds it to `sums`. False where cancelled. */
  private async add(
    sums: BlockSums,
    { phase, step }: LeaseTask,
    ranges: Ranges,
    source: ExampleSource,
    cancelled: () => boolean,
  ): Promise<boolean> {
    const real =
      phase === 'discriminator'
        ? joined(await Promise.all(ranges.map(({ first, count }) => source.real(step, first, count))))
        : null;
    await macrotask();
    if (cancelled()) return false;
    const latents = joined(ranges.map(({ first, count }) => source.latents(phase, step, first, count)));
    const examples = ranges.reduce((total, { count }) => total + count, 0);
    const result = scoped(() => this.compute(real, latents, examples));
    try {
      await sums.add(result, examples);
    } finally {
      dispose(result);
    }
    return true;
  }

  private compute(real: Float32Array | null, latents: Float32Array, examples: number): MicrobatchSums {
    const { generator, discriminator } = this.model;
    const model = {
      networks: this.networks,
      parameters: {
        generator: this.parameters('generator'),
        discriminator: this.parameters('discriminator'),
      },
      loss: this.config.loss,
    };
    const z = tf.tensor(latents, [examples, ...generator.input]);
    return real === null
      ? generatorMicrobatch(model, z)
      : discriminatorMicrobatch(model, tf.tensor(real, [examples, ...discriminator.input]), z);
  }

  /** @throws INTERNAL before `load` */
  private parameters(network: PhaseName): Parameters {
    const parameters = this.loaded[network];
    if (parameters === undefined) throw gantryError('INTERNAL', `the ${network} was not loaded`);
    return parameters;
  }

  async generate(
    state: NetworkState,
    latents: Float32Array<ArrayBuffer>,
  ): Promise<Float32Array<ArrayBuffer>> {
    await this.use();
    const plan = this.model.generator;
    const running = this.own === null ? state.running : this.own.generator.values;
    const count = latents.length / plan.input[0];
    const example = plan.output.reduce((product, side) => product * side, 1);
    const out = new Float32Array(count * example);
    const parameters = upload(plan, state.parameters);
    try {
      for (let first = 0; first < count; first += generateAtOnce) {
        const n = Math.min(generateAtOnce, count - first);
        const part = latents.slice(first * plan.input[0], (first + n) * plan.input[0]);
        const images = tf.tidy(
          () =>
            forward(this.networks.generator, tf.tensor(part, [n, ...plan.input]), {
              parameters,
              groups: 1,
              running,
            }).output,
        );
        // One part after another, to bound memory.
        // oxlint-disable-next-line no-await-in-loop
        out.set(await images.data<'float32'>(), first * example);
        images.dispose();
        // oxlint-disable-next-line no-await-in-loop
        await macrotask();
      }
    } finally {
      release(parameters);
    }
    return out;
  }

  tensors(): number {
    return tf.memory().numTensors;
  }

  dispose(): void {
    for (const parameters of Object.values(this.loaded)) release(parameters);
    delete this.loaded.discriminator;
    delete this.loaded.generator;
  }

  /** TensorFlow.js computes on one backend at a time; trials of another may have come between. */
  private async use(): Promise<void> {
    if (tf.getBackend() !== this.backend) await tf.setBackend(this.backend);
  }
}

function joined(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0];
  const all = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function dispose({ gradients, loss, penalty, scores, moments }: MicrobatchSums): void {
  for (const gradient of Object.values(gradients)) gradient?.dispose();
  tf.dispose([loss, scores]);
  penalty?.dispose();
  for (const { mean, m2 } of moments) tf.dispose([mean, m2]);
}
