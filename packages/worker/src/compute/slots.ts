/**
 * Slots of the strategy `local`: each takes the version's parameters, trains both networks on examples of its own for
 * some iterations, with optimizers that begin afresh, and tells how the parameters changed. So a slot is a pure function
 * of the version and its number, whoever computes it. (B. McMahan et al., "Communication-efficient learning of deep
 * networks from decentralized data", AISTATS 2017; for GANs, M. Rasouli, T. Sun, R. Rajagopal, "FedGAN", 2020.)
 */
import {
  beginRecord,
  blocksPerStep,
  createOptimizer,
  emptyPasses,
  learningRateFactor,
  mergeRecord,
  phaseNames,
  plainRecord,
  readPlainRecords,
  recordBytes,
  recordLayout,
  writeMoments,
  type ModelPlan,
  type Moments,
  type NetworkState,
  type Optimizer,
  type OptimizerState,
  type PlainRecord,
  type RecordLayout,
  type Replica,
  type Round,
  type RunConfig,
} from '@gantry/shared';
import { exchangeAlone } from './lock-step.ts';
import type { Cancelled, Compute, ExampleSource } from './types.ts';

export interface SlotsTask {
  readonly round: Round;
  /** Slots of each part, ascending. */
  readonly parts: readonly (readonly number[])[];
}

export interface SlotsPlace {
  readonly compute: Compute;
  readonly source: ExampleSource;
  readonly model: ModelPlan;
  readonly config: RunConfig;
  /** The version that all slots begin from; not written. */
  readonly replica: Replica;
}

/**
 * Computes slots one after another and writes two records a part, in float32: the discriminator's and the generator's
 * change times examples, with the sums of all their steps. The backend holds other parameters afterwards.
 *
 * @param payload - written from the beginning
 * @returns whether it was done; false where it was cancelled
 */
export async function computeSlots(
  { round, parts }: SlotsTask,
  place: SlotsPlace,
  payload: Uint8Array<ArrayBuffer>,
  cancelled: Cancelled,
): Promise<boolean> {
  const { model, config } = place;
  const layouts = phaseNames.map((phase) => recordLayout(model, phase));
  let at = 0;
  for (const slots of parts) {
    const sums = layouts.map((layout) => {
      const examples = slots.length * round.iterations * round.lengths[layout.phase] * config.batch.global;
      const head = { firstBlock: slots[0], blocks: slots.length, examples };
      const record = plainRecord(beginRecord(layout, payload, at, head));
      at += recordBytes(layout);
      return new RoundSums(layout, record);
    });
    for (const slot of slots) {
      // One after another, on one backend.
      // oxlint-disable-next-line no-await-in-loop
      if (!(await computeSlot(slot, round, place, sums, cancelled))) return false;
    }
    for (const each of sums) each.finish();
  }
  return true;
}

/** What the slots of one part come to for one network. */
class RoundSums {
  readonly layout: RecordLayout;
  readonly #record: PlainRecord;
  readonly #moments: Moments[][];

  constructor(layout: RecordLayout, record: PlainRecord) {
    this.layout = layout;
    this.#record = record;
    this.#moments = emptyPasses(layout);
    record.gradient.fill(0);
    record.statistics.fill(0);
  }

  /** What a step of a slot came to, but for its gradient. */
  addStep({ statistics, examples }: PlainRecord): void {
    const { metricsLength } = this.layout;
    for (let i = 0; i < metricsLength; i++) this.#record.statistics[i] += statistics[i];
    mergeRecord(this.layout, { statistics, examples }, this.#moments);
  }

  /** @param examples - of one slot's steps, times how much each counts */
  addChange(before: Float32Array, after: Float32Array, examples: number): void {
    const { gradient } = this.#record;
    for (let i = 0; i < gradient.length; i++) gradient[i] += (after[i] - before[i]) * examples;
  }

  finish(): void {
    writeMoments(this.layout, this.#moments, this.#record.statistics);
  }
}

/** A network that a slot trains. */
interface Trained {
  readonly layout: RecordLayout;
  readonly sums: RoundSums;
  readonly state: NetworkState;
  readonly optimizer: Optimizer;
  readonly memory: OptimizerState;
  readonly payload: Uint8Array<ArrayBuffer>;
}

async function computeSlot(
  slot: number,
  round: Round,
  place: SlotsPlace,
  sums: readonly RoundSums[],
  cancelled: Cancelled,
): Promise<boolean> {
  const { compute, source, config, replica } = place;
  const { batch } = config;
  const each = blocksPerStep(batch);
  // A step of all slots has as many examples each: whose they are is told by the blocks.
  const blocks = Array.from({ length: each }, (_, i) => slot * each + i);
  const networks = sums.map((one): Trained => {
    const { layout } = one;
    const optimizer = createOptimizer(config.optimizer[layout.phase]);
    const state = { ...replica[layout.phase], parameters: replica[layout.phase].parameters.slice() };
    compute.load(layout.phase, state);
    const memory = optimizer.init(layout.gradientLength);
    return { layout, sums: one, state, optimizer, memory, payload: new Uint8Array(recordBytes(layout)) };
  });
  const step = async (trained: Trained, iteration: number, number: number): Promise<boolean> => {
    const { layout, state, optimizer, memory, payload } = trained;
    const { phase } = layout;
    const done = await compute.update(
      { phase, step: number, blocks },
      source,
      payload,
      cancelled,
      exchangeAlone([], 0),
    );
    if (done === null) return false;
    const [found] = readPlainRecords(layout, payload, 1);
    const mean = found.gradient;
    const scale = 1 / batch.global;
    for (let i = 0; i < mean.length; i++) mean[i] *= scale;
    optimizer.update(
      state.parameters.subarray(0, mean.length),
      mean,
      memory,
      learningRateFactor(config, iteration),
    );
    trained.sums.addStep(found);
    compute.load(phase, state);
    return true;
  };
  for (let i = 0; i < round.iterations; i++) {
    const iteration = round.iteration + i;
    for (const trained of networks) {
      const { phase } = trained.layout;
      const length = round.lengths[phase];
      for (let j = 0; j < length; j++) {
        // Each step begins where the one before ended.
        // oxlint-disable-next-line no-await-in-loop
        if (!(await step(trained, iteration, iteration * length + j))) return false;
      }
    }
  }
  const weight = await source.weight(slot);
  for (const { layout, state, sums: one } of networks) {
    const examples = round.iterations * round.lengths[layout.phase] * batch.global;
    one.addChange(replica[layout.phase].parameters, state.parameters, examples * weight);
  }
  return true;
}
