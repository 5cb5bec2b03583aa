/**
 * Gradients against PyTorch's in float64 (tests/golden/generate.py): an oracle that shares no code with us.
 */
import { readFileSync } from 'node:fs';
import {
  emptyMoments,
  initialRunning,
  mergeMoments,
  parseConfig,
  planModel,
  presets,
  readRecords,
  readSafetensors,
  recordLayout,
  updateRunning,
  type NetworkPlan,
  type PhaseName,
  type RunConfig,
  type SafeTensors,
} from '@gantry/shared';
import { describe, expect, it } from 'vitest';
import { createCompute } from '../packages/worker/src/compute/backends.ts';
import { exchangeAlone } from '../packages/worker/src/compute/lock-step.ts';
import type { ExampleSource } from '../packages/worker/src/compute/types.ts';

const examples = 24;

const dcgan = (microbatch: number, change: Partial<RunConfig['loss']> = {}, batchNorm = true): RunConfig =>
  parseConfig({
    ...presets.digits,
    data: { source: 'images', path: 'golden', height: 16, width: 16, channels: 1 },
    model: { architecture: 'dcgan', latent: 8, width: 4, discriminatorBatchNorm: batchNorm },
    loss: { kind: 'non-saturating', r1: 0, ...change },
    batch: { global: examples, microbatch, block: 1 },
  });
const mlp: RunConfig = parseConfig({
  ...presets.ring,
  model: { architecture: 'mlp', latent: 4, width: 16, depth: 2 },
  loss: { kind: 'non-saturating', r1: 0 },
  batch: { global: examples, microbatch: 8, block: 1 },
});

const cases: readonly (readonly [file: string, config: RunConfig])[] = [
  ['mlp-non-saturating', mlp],
  ['dcgan-microbatch8', dcgan(8)],
  ['dcgan-global', dcgan(24)],
  ['dcgan-least-squares', dcgan(24, { kind: 'least-squares' })],
  ['dcgan-hinge', dcgan(24, { kind: 'hinge' })],
  ['dcgan-r1', dcgan(24, { r1: 10 }, false)],
  ['dcgan-wgan-gp', dcgan(24, { kind: 'wasserstein', gradientPenalty: 10 }, false)],
];

const unlabelled = new Int32Array(0);
const values = (file: SafeTensors, name: string): Float32Array | Float64Array => {
  const tensor = file.tensors.get(name);
  expect(tensor, name).toBeDefined();
  return tensor?.data ?? new Float32Array();
};

const flat = (file: SafeTensors, network: PhaseName, plan: NetworkPlan): Float32Array<ArrayBuffer> => {
  const all = new Float32Array(plan.parameterCount);
  for (const { name, offset } of plan.parameters) all.set(values(file, `${network}/${name}`), offset);
  return all;
};

/** The file's examples, whatever the step. */
function source(file: SafeTensors): ExampleSource {
  const rows = (name: string, first: number, count: number): Float32Array<ArrayBuffer> => {
    const all = values(file, name);
    const width = all.length / examples;
    return Float32Array.from(all.subarray(first * width, (first + count) * width));
  };
  return {
    real: (_step, first, count) =>
      Promise.resolve({ examples: rows('real', first, count), labels: unlabelled }),
    labels: () => unlabelled,
    sampleLabels: () => unlabelled,
    mix: (_step, first, count) => rows('mix', first, count),
    latents: (phase, _step, first, count) => rows(`latent/${phase}`, first, count),
    sampleLatents: (count) => rows('latent/generator', 0, count),
    sampleReal: (count) => Promise.resolve(rows('real', 0, count)),
  };
}

const norm = (a: ArrayLike<number>): number => Math.sqrt(Array.from(a).reduce((sum, x) => sum + x * x, 0));

/** Largest ‖a − b‖ / max(‖b‖, 0.01 × the largest norm of the group). */
function groupError(pairs: readonly (readonly [ArrayLike<number>, ArrayLike<number>])[]): number {
  const largest = Math.max(...pairs.map(([, b]) => norm(b)));
  return Math.max(
    ...pairs.map(([a, b]) => norm(Array.from(a, (x, i) => x - b[i])) / Math.max(norm(b), 0.01 * largest)),
  );
}

describe.each(cases)('%s', (name, config) => {
  const file = readSafetensors(readFileSync(new URL(`golden/${name}.safetensors`, import.meta.url)));
  const model = planModel(config);

  it.each(['discriminator', 'generator'] as const)("agrees with PyTorch's %s step", async (phase) => {
    const compute = await createCompute('wasm', model, config);
    for (const network of ['discriminator', 'generator'] as const) {
      compute.load(network, {
        parameters: flat(file, network, model[network]),
        running: new Float32Array(initialRunning(model[network])),
      });
    }
    const blocks = Array.from({ length: examples / config.batch.microbatch }, (_, block) => block);
    const payload = new Uint8Array(compute.payloadBytes(phase, blocks.length));
    const task = { phase, step: 0, blocks };
    const sums = await compute.update(task, source(file), payload, () => false, exchangeAlone([], 0));
    compute.dispose();
    expect(sums).toEqual({ records: blocks.length, microbatches: blocks.length });

    const layout = recordLayout(model, phase);
    const records = readRecords(layout, payload, blocks.length, 0);
    expect(records.map((record) => record.examples)).toEqual(blocks.map(() => config.batch.microbatch));
    const gradient = new Float64Array(layout.gradientLength);
    let loss = 0;
    for (const record of records) {
      record.gradient.forEach((value, i) => (gradient[i] += value / examples));
      loss += record.statistics[0] / examples;
      if (phase === 'discriminator') loss += record.statistics[1] / examples;
    }
    const pairs = layout.network.parameters.map(
      ({ name: parameter, offset, size }) =>
        [
          gradient.subarray(offset, offset + size),
          values(file, `expected/${phase}/grad/${parameter}`),
        ] as const,
    );
    expect(groupError(pairs)).toBeLessThan(1e-5);
    const [expectedLoss] = values(file, `expected/${phase}/loss`);
    expect(Math.abs(loss / expectedLoss - 1)).toBeLessThan(1e-5);

    const running = initialRunning(layout.network);
    const passes = phase === 'discriminator' ? 2 : 1;
    for (let pass = 0; pass < passes; pass++) {
      for (const { channels, positions, offset } of layout.network.batchNorms) {
        const merged = emptyMoments(channels);
        for (const { statistics } of records) {
          const at =
            layout.metricsLength + layout.saturationLength + pass * layout.network.runningLength + offset;
          mergeMoments(
            merged,
            config.batch.microbatch * positions,
            statistics.subarray(at, at + channels),
            statistics.subarray(at + channels, at + 2 * channels),
          );
        }
        updateRunning(
          running.subarray(offset, offset + channels),
          running.subarray(offset + channels, offset + 2 * channels),
          merged,
          config.batchNorm.momentum,
        );
      }
    }
    for (const { name: layer, channels, offset } of layout.network.batchNorms) {
      const part = (which: 'mean' | 'variance', from: number) =>
        [
          running.subarray(from, from + channels),
          values(file, `expected/${phase}/running/${layer}/${which}`),
        ] as const;
      expect(groupError([part('mean', offset)])).toBeLessThan(1e-5);
      expect(groupError([part('variance', offset + channels)])).toBeLessThan(1e-5);
    }
  });
});
