/**
 * Gradients against PyTorch's in float64 (tests/golden/generate.py): an oracle that shares no code with us.
 */
import { emptyMoments, largestError, mergeMoments, updateRunning, type RunConfig } from '@gantry/shared';
import { beforeAll, describe, expect, it } from 'vitest';
import { createCompute } from '../packages/worker/src/compute/backends.ts';
import { knownConfig, knownModel } from '../packages/worker/src/compute/known-answer/case.ts';
import { batchNorm } from '../packages/worker/src/compute/layers/batch-norm.ts';
import type { CutLayer, Pass } from '../packages/worker/src/compute/layers/layer.ts';
import { buildNetwork, forward, through } from '../packages/worker/src/compute/network.ts';
import { upload } from '../packages/worker/src/compute/replica.ts';
import * as tf from '../packages/worker/src/compute/tf.ts';
import {
  examples,
  goldenConfigs,
  goldenTrainer,
  ownStatistics,
  parameterErrors,
  runningErrors,
  stepAlone,
  stepErrors,
  trajectoryConfig,
  values,
  type GoldenName,
} from './support/golden.ts';
import { goldenFile, openGolden } from './support/golden-files.ts';

const tolerance = 1e-5;
const whole = (name: Exclude<GoldenName, 'dcgan-trajectory' | 'dcgan-microbatch8'>): RunConfig =>
  ownStatistics(goldenConfigs[name](examples));

const cases: readonly (readonly [title: string, file: GoldenName, config: RunConfig])[] = [
  ['mlp-non-saturating', 'mlp-non-saturating', goldenConfigs['mlp-non-saturating'](8)],
  ['dcgan-microbatch8', 'dcgan-microbatch8', goldenConfigs['dcgan-microbatch8']()],
  ['dcgan-global in one microbatch', 'dcgan-global', whole('dcgan-global')],
  ...[1, 8, 24].map(
    (microbatch) =>
      [
        `dcgan-global by exchange, in microbatches of ${microbatch}`,
        'dcgan-global',
        goldenConfigs['dcgan-global'](microbatch),
      ] as const,
  ),
  ['dcgan-least-squares', 'dcgan-least-squares', whole('dcgan-least-squares')],
  ['dcgan-hinge', 'dcgan-hinge', whole('dcgan-hinge')],
  ['dcgan-r1', 'dcgan-r1', whole('dcgan-r1')],
  ['dcgan-wgan-gp', 'dcgan-wgan-gp', whole('dcgan-wgan-gp')],
];

// Also for what does without a `Compute`: it starts the backend.
beforeAll(async () => (await createCompute('wasm', knownModel, knownConfig)).dispose());

/** Fails with the errors' names and sizes. */
function expectWithin(errors: Readonly<Record<string, number>>, most: number): void {
  for (const [what, error] of Object.entries(errors)) expect(error, what).toBeLessThanOrEqual(most);
}

describe.each(cases)('%s', (_, name, config) => {
  const file = openGolden(name, config);

  it.each(['discriminator', 'generator'] as const)("agrees with PyTorch's %s step", async (phase) => {
    const compute = await createCompute('wasm', file.model, config);
    const found = await stepAlone(compute, goldenTrainer(file), file, phase, 0);
    compute.dispose();
    expectWithin(stepErrors(file, found), tolerance);
  });

  it("draws PyTorch's images", () => {
    const plan = file.model.generator;
    const { parameters, running } = goldenTrainer(file).replica.generator;
    const groups = config.batchNorm.statistics === 'global' ? 1 : examples / config.batch.microbatch;
    const latents = tf.tensor(Float32Array.from(values(file.file, 'latent/discriminator')), [
      examples,
      ...plan.input,
    ]);
    const uploaded = upload(plan, parameters);
    const pass = {
      parameters: uploaded,
      running,
      groups,
      training: true,
      labels: null,
      noise: null,
      pooled: null,
    };
    const network = buildNetwork(plan, config.batchNorm.epsilon);
    const found = tf.tidy(() => through(forward(network, latents, pass)).output.dataSync());
    tf.dispose([latents, ...uploaded.values()]);
    const expected = values(file.file, 'expected/fake');
    expect(largestError([{ name: 'fake', found, expected }])).toBeLessThanOrEqual(tolerance);
  });
});

describe('ten iterations with Adam', () => {
  it.each([8, 24])("end where PyTorch's do, in microbatches of %d", async (microbatch) => {
    const file = openGolden('dcgan-trajectory', trajectoryConfig(microbatch));
    const compute = await createCompute('wasm', file.model, file.config);
    const trainer = goldenTrainer(file);
    const losses = { discriminator: [] as number[], generator: [] as number[] };
    for (let step = 0; step < 10; step++) {
      for (const phase of ['discriminator', 'generator'] as const) {
        // Step after step: each begins where the one before ended.
        // oxlint-disable-next-line no-await-in-loop
        losses[phase].push((await stepAlone(compute, trainer, file, phase, step)).loss);
      }
    }
    compute.dispose();
    for (const phase of ['discriminator', 'generator'] as const) {
      const expected = values(file.file, `expected/loss/${phase}`);
      expect(largestError([{ name: phase, found: losses[phase], expected }]), phase).toBeLessThanOrEqual(
        tolerance,
      );
      expectWithin(runningErrors(file.file, file.model, phase, trainer.replica[phase].running), 1e-4);
    }
    expect(parameterErrors(file, trainer)).toBeLessThanOrEqual(1e-4);
  });
});

describe('a batch-norm layer', () => {
  const file = goldenFile('batch-norm');
  const [channels, positions] = [5, 9];
  const layer = batchNorm({ name: 'bn', channels, positions, offset: 0, trainable: true }, 1e-5);
  const passOf = (pooled: number | null): Pass => ({
    parameters: new Map([
      ['bn/gamma', tensor('gamma', [channels])],
      ['bn/beta', tensor('beta', [channels])],
    ]),
    groups: 1,
    training: true,
    running: new Float32Array(2 * channels),
    labels: null,
    noise: null,
    pooled,
  });
  const tensor = (name: string, shape: number[]): tf.Tensor =>
    tf.tensor(Float32Array.from(values(file, name)), shape);
  const images = (name: string, first = 0, count = examples): tf.Tensor =>
    tf.slice(tensor(name, [examples, 3, 3, channels]), [first, 0, 0, 0], [count, 3, 3, channels]);
  const expectClose = (found: Readonly<Record<string, ArrayLike<number>>>): void => {
    const names = ['y', 'dx', 'dgamma', 'dbeta', 'running/mean', 'running/variance'];
    expect(Object.keys(found).toSorted()).toEqual(names.toSorted());
    for (const [name, numbers] of Object.entries(found)) {
      const pair = { name, found: numbers, expected: values(file, `expected/${name}`) };
      expect(largestError([pair]), name).toBeLessThanOrEqual(tolerance);
    }
  };
  /** Running statistics after moments of parts of the batch. @param parts - examples, mean, M2 */
  const runningAfter = (parts: readonly (readonly [number, ArrayLike<number>, ArrayLike<number>])[]) => {
    const merged = emptyMoments(channels);
    for (const [n, mean, m2] of parts) mergeMoments(merged, n * positions, mean, m2);
    const mean = new Float32Array(channels);
    const variance = new Float32Array(channels).fill(1);
    updateRunning(mean, variance, merged, 0.1);
    return { 'running/mean': mean, 'running/variance': variance };
  };

  it("agrees with PyTorch's, all examples at once", () => {
    const pass = passOf(null);
    const { output, saved, moments } = layer.forward(images('x'), pass);
    const { input, parameters } = layer.backward(images('dy'), saved, pass, {
      input: true,
      parameters: true,
    });
    const gradients = new Map(parameters);
    expectClose({
      y: output.dataSync(),
      dx: input?.dataSync() ?? [],
      dgamma: gradients.get('bn/gamma')?.dataSync() ?? [],
      dbeta: gradients.get('bn/beta')?.dataSync() ?? [],
      ...runningAfter([[examples, moments?.mean.dataSync() ?? [], moments?.m2.dataSync() ?? []]]),
    });
  });

  it("agrees with PyTorch's where 5, 11 and 8 examples are in three places", () => {
    const cut = layer.cut as CutLayer; // batch norm's has one
    const pass = passOf(examples);
    const sizes = [5, 11, 8];
    const shares = sizes.map((count, i) => {
      const first = sizes.slice(0, i).reduce((sum, size) => sum + size, 0);
      const x = images('x', first, count);
      const own = cut.moments(x, pass);
      return { count, x, dy: images('dy', first, count), own, numbers: own.dataSync() };
    });
    const merged = emptyMoments(channels);
    for (const { count, numbers } of shares) {
      mergeMoments(merged, count * positions, numbers.subarray(0, channels), numbers.subarray(channels));
    }
    const moments = tf.tensor([...merged.mean, ...merged.m2], shares[0].own.shape);
    const passed = shares.map((share) => ({ ...share, ...cut.forward(share.x, moments, share.own, pass) }));
    const walked = passed.map((share) => ({ ...share, sums: cut.sums(share.dy, share.saved, pass) }));
    const sums = tf.addN(walked.map((share) => share.sums));
    const back = walked.map((share) =>
      cut.backward(share.dy, share.saved, sums, share.sums, pass, { input: true, parameters: true }),
    );
    const joined = (parts: readonly (tf.Tensor | null)[]): number[] =>
      parts.flatMap((part) => [...(part?.dataSync() ?? [])]);
    const added = (name: string): number[] =>
      Array.from({ length: channels }, (_, c) =>
        back.reduce((sum, { parameters }) => sum + (new Map(parameters).get(name)?.dataSync()[c] ?? NaN), 0),
      );
    expectClose({
      y: joined(passed.map(({ output }) => output)),
      dx: joined(back.map(({ input }) => input)),
      dgamma: added('bn/gamma'),
      dbeta: added('bn/beta'),
      ...runningAfter(
        shares.map(({ count, numbers }) => [
          count,
          numbers.subarray(0, channels),
          numbers.subarray(channels),
        ]),
      ),
    });
  });
});
