/** What a slot of the strategy `local` comes to, against the same training step by step. */
import { describe, expect, it } from 'vitest';
import {
  blocksPerStep,
  createOptimizer,
  emptyPasses,
  learningRateFactor,
  mergeRecord,
  parseConfig,
  phaseNames,
  planModel,
  plainRecord,
  presets,
  readPlainRecords,
  readRecords,
  recordBytes,
  recordLayout,
  relativeErrors,
  roundAt,
  type PlainRecord,
  type Replica,
  type RunConfig,
} from '@gantry/shared';
import { createCompute } from '../src/compute/backends.ts';
import { exchangeAlone } from '../src/compute/lock-step.ts';
import { computeSlots } from '../src/compute/slots.ts';
import { createSource } from '../src/data/source.ts';
import { Trainer } from '../../coordinator/src/training/trainer.ts';

const iterations = 3;
const config: RunConfig = parseConfig({
  ...presets['digits-small'],
  model: { architecture: 'dcgan', latent: 4, width: 3, discriminatorBatchNorm: true },
  batch: { global: 8, microbatch: 4, block: 1 },
  schedule: { ...presets['digits-small'].schedule, iterations: 10, discriminator: 2 },
  optimizer: { ...presets['digits-small'].optimizer, decayFrom: 0 },
  strategy: { kind: 'local', iterations, slots: 3, outer: { learningRate: 1, momentum: 0 } },
});
const model = planModel(config);
const lengths = { discriminator: 2, generator: 1 };
const layouts = phaseNames.map((phase) => recordLayout(model, phase));
const source = createSource(config, null, () => Promise.reject(new Error('drawn data has no chunks')));
const { replica } = new Trainer(config, model);

/** The records of each part. */
async function slots(
  parts: readonly (readonly number[])[],
  from = 3,
  examples = source,
): Promise<PlainRecord[][]> {
  const compute = await createCompute('wasm', model, config);
  const round = roundAt(from, iterations, lengths, config.schedule.iterations);
  const bytes = layouts.reduce((sum, layout) => sum + recordBytes(layout), 0);
  const payload = new Uint8Array(parts.length * bytes).fill(0xff);
  const place = { compute, source: examples, model, config, replica };
  expect(await computeSlots({ round, parts }, place, payload, () => false)).toBe(true);
  compute.dispose();
  return readRecords(layouts, payload, parts.length, 0).map((records) => records.map(plainRecord));
}

/** As it travels. */
const encoded = ({ gradient, ...rest }: PlainRecord) => ({
  ...rest,
  encoded: new Uint8Array(gradient.buffer, gradient.byteOffset, gradient.byteLength),
});

/** The same, step by step: an optimizer of its own, and each step's sums over the slot's own examples. */
async function byHand(slot: number, from = 3) {
  const compute = await createCompute('wasm', model, config);
  const state: Replica = structuredClone(replica);
  const optimizers = layouts.map(({ phase, gradientLength }) => {
    const optimizer = createOptimizer(config.optimizer[phase]);
    return { optimizer, memory: optimizer.init(gradientLength) };
  });
  const losses = [0, 0];
  const moments = layouts.map(emptyPasses);
  for (let iteration = from; iteration < from + iterations; iteration++) {
    for (const [i, layout] of layouts.entries()) {
      const { phase } = layout;
      for (let j = 0; j < lengths[phase]; j++) {
        for (const network of phaseNames) compute.load(network, state[network]);
        const blocks = [2 * slot, 2 * slot + 1];
        const payload = new Uint8Array(compute.payloadBytes(phase, blocks.length));
        const task = { phase, step: iteration * lengths[phase] + j, blocks };
        // Each step begins where the one before ended.
        // oxlint-disable-next-line no-await-in-loop
        await compute.update(task, source, payload, () => false, exchangeAlone([], 0));
        const [record] = readPlainRecords(layout, payload, 1);
        const mean = record.gradient.map((sum) => sum / config.batch.global);
        const { optimizer, memory } = optimizers[i];
        optimizer.update(state[phase].parameters, mean, memory, learningRateFactor(config, iteration));
        losses[i] += record.statistics[0];
        mergeRecord(layout, record, moments[i]);
      }
    }
  }
  compute.dispose();
  return { state, losses, moments };
}

describe('a slot', () => {
  it('is the training of both networks on examples of its own, with optimizers that begin afresh', async () => {
    const [[discriminator, generator]] = await slots([[1]]);
    const { state, losses, moments } = await byHand(1);
    for (const [i, found] of [discriminator, generator].entries()) {
      const { phase } = layouts[i];
      const examples = iterations * lengths[phase] * config.batch.global;
      expect(found).toMatchObject({ firstBlock: 1, blocks: 1, examples });
      const change = state[phase].parameters.map((after, at) => after - replica[phase].parameters[at]);
      const pair = { name: phase, found: found.gradient.map((sum) => sum / examples), expected: change };
      expect(relativeErrors([pair])[0].error).toBeLessThan(1e-6);
      expect(Math.hypot(...change)).toBeGreaterThan(1e-3);
      expect(found.statistics[0]).toBeCloseTo(losses[i], 4);
      const [[{ mean }]] = moments[i];
      const at = layouts[i].metricsLength + layouts[i].saturationLength;
      expect(Math.hypot(...mean)).toBeGreaterThan(1e-3);
      mean.forEach((value, channel) => expect(found.statistics[at + channel]).toBeCloseTo(value, 5));
    }
  });

  it('is the same in any lease, and another for another number or round', async () => {
    const [alone] = await slots([[2]]);
    const together = await slots([[0], [2]]);
    expect(together[1]).toEqual(alone);
    expect(together[0][0].gradient).not.toEqual(alone[0].gradient);
    expect((await slots([[2]], 6))[0][0].gradient).not.toEqual(alone[0].gradient);
  });

  it('is added to others of its lease where there is one record for all', async () => {
    const [[whole]] = await slots([[0, 1]]);
    const [[first], [second]] = await slots([[0], [1]]);
    expect(whole.blocks).toBe(2);
    expect(whole.examples).toBe(first.examples + second.examples);
    whole.gradient.forEach((sum, i) => expect(sum).toBeCloseTo(first.gradient[i] + second.gradient[i], 5));
  });

  it('counts by the size of its share of the data: the average is FedGAN’s', async () => {
    const split = { kind: 'quantity', shares: 3, exponent: 1 } as const;
    const schedule = { ...config.schedule, epochSize: 66 };
    const divided = createSource({ ...config, split, schedule }, null, () => Promise.reject(new TypeError()));
    const counted = await slots([[0], [1], [2]], 3, divided);
    const even = await slots([[0], [1], [2]], 3, { ...divided, weight: () => Promise.resolve(1) });
    // 66 examples as 1 : 1/2 : 1/3.
    const sizes = [36, 18, 12];
    const trainer = new Trainer(config, model);
    for (const records of counted)
      records.forEach((record, i) => trainer.add(phaseNames[i], encoded(record)));
    const position = {
      iteration: 3,
      phase: 'discriminator',
      done: 0,
      steps: { discriminator: 6, generator: 3 },
    } as const;
    trainer.apply(position, roundAt(3, iterations, lengths, 10));
    phaseNames.forEach((phase, i) => {
      const examples = iterations * lengths[phase] * config.batch.global;
      const { parameters } = replica[phase];
      const expected = parameters.map((_, at) =>
        sizes.reduce((sum, size, slot) => sum + (size / 66) * (even[slot][i].gradient[at] / examples), 0),
      );
      const found = trainer.master[phase].parameters.map((after, at) => after - parameters[at]);
      expect(relativeErrors([{ name: phase, found, expected }])[0].error).toBeLessThan(1e-5);
      expect(counted.map((records) => records[i].examples)).toEqual([examples, examples, examples]);
    });
  });

  it('stops where it is called off', async () => {
    const compute = await createCompute('wasm', model, config);
    const round = roundAt(0, iterations, lengths, 10);
    let asked = 0;
    const payload = new Uint8Array(10_000_000);
    const place = { compute, source, model, config, replica };
    expect(await computeSlots({ round, parts: [[0]] }, place, payload, () => ++asked > 4)).toBe(false);
    compute.dispose();
  });
});

describe('rounds of one slot and one iteration', () => {
  it('are synchronous training, where the optimizer remembers nothing', async () => {
    const sgd = { kind: 'sgd', learningRate: 0.05, momentum: 0 } as const;
    const still = parseConfig({
      ...config,
      optimizer: { discriminator: sgd, generator: sgd, decayFrom: 1 },
      strategy: { kind: 'local', iterations: 1, slots: 1, outer: { learningRate: 1, momentum: 0 } },
    });
    const synchronous = parseConfig({ ...still, strategy: { kind: 'synchronous' } });
    const local = new Trainer(still, model);
    const compute = await createCompute('wasm', model, still);
    const round = roundAt(0, 1, lengths, 10);
    const bytes = layouts.reduce((sum, layout) => sum + recordBytes(layout), 0);
    const payload = new Uint8Array(bytes);
    const place = { compute, source, model, config: still, replica: local.replica };
    await computeSlots({ round, parts: [[0]] }, place, payload, () => false);
    readRecords(layouts, payload, 1, 0)[0].forEach((record, i) => local.add(phaseNames[i], record));
    const position = { iteration: 0, phase: 'discriminator', done: 0, steps: { discriminator: 0, generator: 0 } } as const; // prettier-ignore
    expect(local.apply(position, round)).not.toBeNull();

    const plain = new Trainer(synchronous, model);
    const each = await createCompute('wasm', model, synchronous);
    for (const phase of ['discriminator', 'discriminator', 'generator'] as const) {
      const steps = { discriminator: plain.counts().discriminator, generator: 0 };
      for (const network of phaseNames) each.load(network, plain.replica[network]);
      const blocks = Array.from({ length: blocksPerStep(config.batch) }, (_, block) => block);
      const sums = new Uint8Array(each.payloadBytes(phase, blocks.length));
      // One after another, on one backend.
      // oxlint-disable-next-line no-await-in-loop
      await each.update(
        { phase, step: steps[phase], blocks },
        source,
        sums,
        () => false,
        exchangeAlone([], 0),
      );
      for (const [record] of readRecords([plain.layouts[phase]], sums, blocks.length, 0))
        plain.add(phase, record);
      plain.apply({ iteration: 0, phase, done: steps[phase], steps });
    }
    for (const phase of phaseNames) {
      const pair = {
        name: phase,
        found: local.master[phase].parameters,
        expected: plain.master[phase].parameters,
      };
      expect(relativeErrors([pair])[0].error).toBeLessThan(1e-6);
      expect(plain.master[phase].parameters).not.toEqual(replica[phase].parameters);
    }
    // One step of the generator: the same moments, moved once.
    expect(local.master.generator.running).toEqual(plain.master.generator.running);
    const averages = { name: 'ema', found: local.ema, expected: plain.ema };
    expect(relativeErrors([averages])[0].error).toBeLessThan(1e-6);
    compute.dispose();
    each.dispose();
  });
});
