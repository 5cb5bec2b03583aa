import {
  drawNormal,
  initialParameters,
  initialRunning,
  networkSchema,
  parseConfig,
  phaseNumber,
  planModel,
  planNetwork,
  presets,
  type NetworkState,
  type RunConfig,
} from '@gantry/shared';
import { describe, expect, it } from 'vitest';
import { createCompute } from '../src/compute/backends.ts';
import { exchangeAlone } from '../src/compute/lock-step.ts';
import { buildNetwork } from '../src/compute/network.ts';
import { release, upload } from '../src/compute/replica.ts';
import { standingStatistics } from '../src/compute/standing.ts';
import type { StandingSource } from '../src/compute/types.ts';
import { createSource } from '../src/data/source.ts';

const small: RunConfig = parseConfig({
  ...presets['digits-small'],
  model: { architecture: 'dcgan', latent: 4, width: 3, discriminatorBatchNorm: true },
  batch: { global: 32, microbatch: 8, block: 1 },
  evaluation: { ...presets['digits-small'].evaluation, statistics: 'standing', standingPasses: 4 },
});
const unlabelled = new Int32Array(0);
const noChunks = () => Promise.reject(new TypeError('drawn data has no chunks'));
const sourceOf = (config: RunConfig) => createSource(config, null, noChunks);

function stateOf(config: RunConfig): NetworkState {
  const plan = planModel(config).generator;
  const parameters = new Float32Array(initialParameters(plan, config.seed, phaseNumber.generator));
  // Away from the start, where the networks of DCGAN hardly answer.
  for (let i = 0; i < parameters.length; i++) parameters[i] *= 4;
  return { parameters, running: new Float32Array(initialRunning(plan)) };
}

/** Statistics over so many passes of so many examples, all rows of one sequence of latents. */
async function accumulated(config: RunConfig, passes: number, examples: number): Promise<Float32Array> {
  await createCompute('wasm', planModel(config), config);
  const plan = planModel(config).generator;
  const { parameters, running } = stateOf(config);
  const uploaded = upload(plan, parameters);
  const source: StandingSource = {
    standing(pass, count) {
      const latents = new Float32Array(4 * count);
      for (let i = 0; i < count; i++) {
        const address = { seed: 5, purpose: 'standing', example: pass * count + i } as const;
        drawNormal(address, latents.subarray(4 * i, 4 * i + 4));
      }
      return { latents, labels: unlabelled };
    },
  };
  try {
    return await standingStatistics({
      plan,
      network: buildNetwork(plan, config.batchNorm.epsilon),
      parameters: uploaded,
      running,
      passes,
      examples,
      seed: config.seed,
      source,
      oneHot: () => null,
    });
  } finally {
    release(uploaded);
  }
}

/** ‖a − b‖ / ‖b‖ */
const error = (a: Float32Array, b: Float32Array): number =>
  Math.hypot(...a.map((value, i) => value - b[i])) / Math.hypot(...b);

describe('standing statistics', () => {
  it('merge what passes saw exactly, and approach those of one huge batch', async () => {
    const [first, second] = planModel(small).generator.batchNorms;
    const of = (all: Float32Array, { offset, channels }: typeof first): Float32Array =>
      all.subarray(offset, offset + 2 * channels);
    const huge = await accumulated(small, 1, 1024);
    const many = await accumulated(small, 32, 32);
    // Nothing is normalised before the first layer: what it sees does not depend on how it was cut.
    expect(error(of(many, first), of(huge, first))).toBeLessThan(1e-6);
    // Later layers see batches normalised by 32 examples instead of 1024.
    const off = error(of(many, second), of(huge, second));
    expect(off).toBeLessThan(0.002);
    const few = await accumulated(small, 1, 32);
    expect(error(of(few, second), of(huge, second))).toBeGreaterThan(10 * off);
  });

  it('have the unbiased variance', async () => {
    await createCompute('wasm', planModel(small), small);
    const spec = {
      input: [1],
      initializer: { kind: 'fan-in-uniform' },
      layers: [{ type: 'batchNorm', name: 'bn' }],
    } as const;
    const plan = planNetwork(networkSchema.parse(spec), { role: 'generator', classes: 0, microbatch: 2 });
    const parameters = upload(plan, Float32Array.of(1, 0));
    const values = [1, 2, 4, 9];
    const source: StandingSource = {
      standing: (pass) => ({
        latents: Float32Array.from(values.slice(2 * pass, 2 * pass + 2)),
        labels: unlabelled,
      }),
    };
    const found = await standingStatistics({
      plan,
      network: buildNetwork(plan, 1e-5),
      parameters,
      running: new Float32Array(2),
      passes: 2,
      examples: 2,
      seed: 1,
      source,
      oneHot: () => null,
    });
    release(parameters);
    // Σ (x − 4)² = 9 + 4 + 0 + 25
    expect([...found]).toEqual([4, Math.fround(38 / 3)]);
  });

  it('are used where asked for: the same each time, and without a trace', async () => {
    const compute = await createCompute('wasm', planModel(small), small);
    const state = stateOf(small);
    const source = sourceOf(small);
    const latents = source.sampleLatents(8);
    const running = await compute.generate(state, latents, unlabelled);
    const before = compute.tensors();
    const standing = await compute.generate(state, latents, unlabelled, source);
    expect(compute.tensors()).toBe(before);
    expect(standing).not.toEqual(running);
    expect(await compute.generate(state, latents, unlabelled, source)).toEqual(standing);
    expect(await compute.generate(state, latents, unlabelled)).toEqual(running);
    const other = { ...small, evaluation: { ...small.evaluation, standingPasses: 5 } };
    const longer = await createCompute('wasm', planModel(other), other);
    expect(await longer.generate(state, latents, unlabelled, source)).not.toEqual(standing);
    compute.dispose();
    longer.dispose();
  });

  it('leave alone layers that do not train', async () => {
    const [name] = planModel(small).generator.batchNorms.map((entry) => entry.name);
    const frozen: RunConfig = { ...small, freeze: [`generator/${name}`] };
    const { batchNorms } = planModel(frozen).generator;
    const standing = await accumulated(frozen, 2, 8);
    for (const { offset, channels, trainable } of batchNorms) {
      const kept = stateOf(frozen).running.subarray(offset, offset + 2 * channels);
      if (trainable) expect(standing.subarray(offset, offset + 2 * channels)).not.toEqual(kept);
      else expect(standing.subarray(offset, offset + 2 * channels)).toEqual(kept);
    }
    expect(batchNorms.map(({ trainable }) => trainable)).toContain(false);
  });

  it("move none of a worker's own, with local ones", async () => {
    const local: RunConfig = { ...small, batchNorm: { ...small.batchNorm, statistics: 'local' } };
    const model = planModel(local);
    const compute = await createCompute('wasm', model, local);
    const state = stateOf(local);
    const source = sourceOf(local);
    compute.load('generator', state);
    const discriminator = model.discriminator;
    compute.load('discriminator', {
      parameters: new Float32Array(initialParameters(discriminator, 1, phaseNumber.discriminator)),
      running: new Float32Array(initialRunning(discriminator)),
    });
    const payload = new Uint8Array(compute.payloadBytes('generator', 1));
    const task = { phase: 'generator', step: 0, blocks: [0] } as const;
    await compute.update(task, source, payload, () => false, exchangeAlone([], 0));
    const latents = source.sampleLatents(4);
    const own = await compute.generate(state, latents, unlabelled);
    const standing = await compute.generate(state, latents, unlabelled, source);
    expect(await compute.generate(state, latents, unlabelled)).toEqual(own);
    // Accumulated afresh, they are the same on every worker.
    const elsewhere = await createCompute('wasm', planModel(small), small);
    expect(await elsewhere.generate(state, latents, unlabelled, source)).toEqual(standing);
    compute.dispose();
    elsewhere.dispose();
  });
});

describe('inputs of standing passes', () => {
  it('are the same each time, differ by pass, and are none of training or sheets', () => {
    const conditional = parseConfig({ ...small, model: { ...small.model, conditional: true } });
    const source = sourceOf(conditional);
    const { latents, labels } = source.standing(2, 16);
    expect(source.standing(2, 16)).toEqual({ latents, labels });
    expect(latents).toHaveLength(16 * 4);
    expect(labels).toHaveLength(16);
    expect(new Set(labels).size).toBeGreaterThan(2);
    const other = source.standing(3, 16);
    expect(other.latents).not.toEqual(latents);
    expect(other.labels).not.toEqual(labels);
    expect(source.latents('discriminator', 2, 0, 16)).not.toEqual(latents);
    expect(source.sampleLatents(16)).not.toEqual(source.standing(0, 16).latents);
  });
});
