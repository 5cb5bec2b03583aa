import {
  emptyMoments,
  initialParameters,
  initialRunning,
  mergeMoments,
  metricNames,
  phaseNames,
  phaseNumber,
  parseConfig,
  planModel,
  presets,
  readPlainRecords,
  recordLayout,
  updateRunning,
  type NetworkState,
  type PhaseName,
  type RunConfig,
  type PlainRecord,
} from '@gantry/shared';
import { describe, expect, it } from 'vitest';
import { createCompute } from '../src/compute/backends.ts';
import { exchangeAlone } from '../src/compute/lock-step.ts';
import type { Compute } from '../src/compute/types.ts';
import { createSource } from '../src/data/source.ts';

const small: RunConfig = parseConfig({
  ...presets['digits-small'],
  model: { architecture: 'dcgan', latent: 4, width: 3, discriminatorBatchNorm: true },
  batch: { global: 32, microbatch: 4, block: 2 },
});
const ring: RunConfig = { ...presets.ring, batch: { global: 64, microbatch: 16, block: 1 } };
const noExchange = exchangeAlone([], 0);
const unlabelled = new Int32Array(0);
const noChunks = () => Promise.reject(new Error('drawn data has no chunks'));

function initialState(config: RunConfig, network: PhaseName): NetworkState {
  const plan = planModel(config)[network];
  const parameters = new Float32Array(initialParameters(plan, config.seed, phaseNumber[network]));
  // Away from the start, where the networks of DCGAN hardly answer.
  for (let i = 0; i < parameters.length; i++) parameters[i] *= 4;
  return { parameters, running: new Float32Array(initialRunning(plan)) };
}

async function loaded(config: RunConfig): Promise<Compute> {
  const compute = await createCompute('wasm', planModel(config), config);
  for (const network of phaseNames) compute.load(network, initialState(config, network));
  return compute;
}

async function records(
  compute: Compute,
  config: RunConfig,
  phase: PhaseName,
  blocks: readonly number[],
  step = 3,
): Promise<PlainRecord[]> {
  const payload = new Uint8Array(compute.payloadBytes(phase, blocks.length)).fill(0xff);
  const source = createSource(config, null, noChunks);
  const sums = await compute.update({ phase, step, blocks }, source, payload, () => false, noExchange);
  expect(sums?.microbatches).toBe(blocks.length * config.batch.block);
  const found = readPlainRecords(recordLayout(planModel(config), phase), payload, sums?.records ?? 0);
  // What lay in the payload before (not a number) must not show.
  for (const { gradient, statistics } of found) {
    expect([...gradient, ...statistics].every(Number.isFinite)).toBe(true);
  }
  return found;
}

const bits = ({ gradient, statistics }: PlainRecord): number[] => [
  ...new Uint32Array(Float32Array.from([...gradient, ...statistics]).buffer),
];

describe.each([
  ['dcgan', small],
  ['mlp with R1', ring],
])('an update of a %s', (_name, config) => {
  it.each(phaseNames)('is the same to the bit in any lease, on any worker (%s)', async (phase) => {
    const compute = await loaded(config);
    const together = await records(compute, config, phase, [0, 1, 3]);
    const alone = await records(compute, config, phase, [3]);
    const other = await loaded(config);
    const elsewhere = await records(other, config, phase, [1, 3]);
    expect(together.map(({ firstBlock, blocks }) => [firstBlock, blocks])).toEqual([
      [0, 1],
      [1, 1],
      [3, 1],
    ]);
    expect(bits(alone[0])).toEqual(bits(together[2]));
    expect(bits(elsewhere[0])).toEqual(bits(together[1]));
    expect(bits(together[0])).not.toEqual(bits(together[1]));
    const later = await records(compute, config, phase, [3], 4);
    expect(bits(later[0])).not.toEqual(bits(alone[0]));
    compute.dispose();
    other.dispose();
  });

  it('leaves no tensors behind, also when cancelled', async () => {
    const compute = await loaded(config);
    await records(compute, config, 'discriminator', [0]);
    const before = compute.tensors();
    for (const phase of phaseNames) {
      // Step after step, as a lease does.
      // oxlint-disable-next-line no-await-in-loop
      for (let step = 0; step < 3; step++) await records(compute, config, phase, [0, 1], step);
    }
    compute.load('generator', initialState(config, 'generator'));
    const source = createSource(config, null, noChunks);
    await compute.generate(initialState(config, 'generator'), source.sampleLatents(5), unlabelled);
    expect(compute.tensors()).toBe(before);
    let asked = 0;
    const payload = new Uint8Array(compute.payloadBytes('discriminator', 3));
    const task = { phase: 'discriminator', step: 0, blocks: [0, 1, 2] } as const;
    expect(await compute.update(task, source, payload, () => ++asked > 1, noExchange)).toBeNull();
    expect(asked).toBe(2);
    expect(compute.tensors()).toBe(before);
    compute.dispose();
  });
});

describe('a block', () => {
  it('sums its microbatches in their order in float32, and merges their moments', async () => {
    const single: RunConfig = { ...small, batch: { ...small.batch, block: 1 } };
    const two = await loaded(small);
    const one = await loaded(single);
    for (const phase of phaseNames) {
      /* oxlint-disable no-await-in-loop */
      const [block] = await records(two, small, phase, [2]);
      const [first, second] = await records(one, single, phase, [4, 5]);
      /* oxlint-enable no-await-in-loop */
      expect(block.examples).toBe(8);
      expect(block.gradient).toEqual(first.gradient.map((value, i) => value + second.gradient[i]));
      const layout = recordLayout(planModel(small), phase);
      const metrics = metricNames[phase].length + layout.saturationLength;
      expect(block.statistics.subarray(0, metrics)).toEqual(
        first.statistics.subarray(0, metrics).map((value, i) => value + second.statistics[i]),
      );
      const [{ channels, positions }] = layout.network.batchNorms;
      const merged = emptyMoments(channels);
      for (const { statistics } of [first, second]) {
        const mean = statistics.subarray(metrics, metrics + channels);
        const m2 = statistics.subarray(metrics + channels, metrics + 2 * channels);
        mergeMoments(merged, small.batch.microbatch * positions, mean, m2);
      }
      expect(block.statistics.subarray(metrics, metrics + channels)).toEqual(Float32Array.from(merged.mean));
      expect(block.statistics.subarray(metrics + channels, metrics + 2 * channels)).toEqual(
        Float32Array.from(merged.m2),
      );
    }
    one.dispose();
    two.dispose();
  });

  it('counts what the discriminator gets right', async () => {
    const compute = await loaded(ring);
    const state = initialState(ring, 'discriminator');
    // An output bias far up: everything looks real.
    state.parameters[state.parameters.length - 1] = 1e4;
    compute.load('discriminator', state);
    const [{ statistics }] = await records(compute, ring, 'discriminator', [0]);
    expect([...statistics.subarray(2, 4)]).toEqual([16, 0]);
    expect(statistics[0] / 16).toBeGreaterThan(9e3);
    state.parameters[state.parameters.length - 1] = -1e4;
    compute.load('discriminator', state);
    expect([...(await records(compute, ring, 'discriminator', [0]))[0].statistics.subarray(2, 4)]).toEqual([
      0, 16,
    ]);
    expect((await records(compute, ring, 'generator', [0]))[0].statistics[1]).toBe(16);
    compute.dispose();
  });
});

describe('local batch-norm statistics', () => {
  const local: RunConfig = { ...small, batchNorm: { ...small.batchNorm, statistics: 'local' } };

  it('normalise a lease as one batch and make one record of it', async () => {
    const compute = await loaded(local);
    expect(compute.payloadBytes('generator', 3)).toBe(compute.payloadBytes('generator', 1));
    const lease = await records(compute, local, 'generator', [0, 1]);
    expect(lease.map(({ firstBlock, blocks, examples }) => [firstBlock, blocks, examples])).toEqual([
      [0, 2, 16],
    ]);
    const whole: RunConfig = { ...small, batch: { global: 32, microbatch: 16, block: 1 } };
    const reference = await loaded(whole);
    expect(bits(lease[0])).toEqual(bits((await records(reference, whole, 'generator', [0]))[0]));
    compute.dispose();
    reference.dispose();
  });

  it('begin where the run does, and stay there in layers that do not train', async () => {
    const frozen = parseConfig({ ...local, freeze: ['generator/bn0'] });
    const state = initialState(frozen, 'generator');
    const transferred = { ...state, running: state.running.map((value, i) => value + 0.1 * (i % 5)) };
    const latents = createSource(frozen, null, noChunks).sampleLatents(4);
    const generated = async (config: RunConfig): Promise<Float32Array> => {
      const compute = await createCompute('wasm', planModel(config), config);
      const images = await compute.generate(transferred, latents, unlabelled);
      compute.dispose();
      return images;
    };
    const shared = parseConfig({ ...frozen, batchNorm: small.batchNorm });
    expect(await generated(frozen)).toEqual(await generated(shared));
  });

  it("evaluate by the worker's own running statistics, not by those given", async () => {
    const compute = await loaded(local);
    const state = initialState(local, 'generator');
    const latents = createSource(local, null, noChunks).sampleLatents(4);
    const untouched = await compute.generate(state, latents, unlabelled);
    const [{ statistics }] = await records(compute, local, 'generator', [0]);
    const plan = planModel(local).generator;
    const running = new Float32Array(initialRunning(plan));
    let at = metricNames.generator.length + plan.activations.length;
    for (const { channels, positions, offset } of plan.batchNorms) {
      const batch = emptyMoments(channels);
      const mean = statistics.subarray(at, at + channels);
      mergeMoments(batch, 8 * positions, mean, statistics.subarray(at + channels, at + 2 * channels));
      updateRunning(
        running.subarray(offset, offset + channels),
        running.subarray(offset + channels, offset + 2 * channels),
        batch,
        local.batchNorm.momentum,
      );
      at += 2 * channels;
    }
    const moved = await compute.generate(state, latents, unlabelled);
    const shared = await loaded(small);
    const expected = await shared.generate({ ...state, running }, latents, unlabelled);
    expect(moved).not.toEqual(untouched);
    moved.forEach((value, i) => expect(Math.abs(value - expected[i])).toBeLessThan(1e-5));
    compute.dispose();
    shared.dispose();
  });
});

describe('generating', () => {
  it('treats each example by itself, by running statistics', async () => {
    const compute = await loaded(small);
    const state = initialState(small, 'generator');
    state.running.forEach((value, i) => (state.running[i] = value + 0.1 * i));
    const latents = createSource(small, null, noChunks).sampleLatents(300);
    const all = await compute.generate(state, latents, unlabelled);
    const size = 28 * 28;
    expect(all.length).toBe(300 * size);
    const one = await compute.generate(state, latents.slice(299 * 4), unlabelled);
    expect(one).toEqual(all.slice(299 * size));
    expect(Math.max(...one.map(Math.abs))).toBeLessThanOrEqual(1);
    const other = await compute.generate(
      initialState(small, 'generator'),
      latents.slice(299 * 4),
      unlabelled,
    );
    expect(other).not.toEqual(one);
    compute.dispose();
  });
});

describe('computing', () => {
  it('lets the event loop run between microbatches', async () => {
    const compute = await loaded(ring);
    let turns = 0;
    let running = true;
    const turn = (): void => {
      turns += 1;
      if (running) setImmediate(turn);
    };
    setImmediate(turn);
    await records(compute, ring, 'generator', [0, 1, 2, 3]);
    running = false;
    expect(turns).toBeGreaterThanOrEqual(4);
    compute.dispose();
  });
});
