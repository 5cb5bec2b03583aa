/** The one entry: a generator's samples beside real ones. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  exampleShape,
  initialParameters,
  initialRunning,
  planModel,
  presetConfig,
  volume,
  type RunConfig,
} from '@gantry/shared';
import { createCompute } from '../src/compute/backends.ts';
import { featureKey, featurePlan } from '../src/features/recipe.ts';
import type { TrainedFeatures } from '../src/features/train.ts';
import { keepFeatures, readFeatures } from '../src/headless/feature-files.ts';
import {
  generatedSamples,
  measureAgainst,
  measureGenerator,
  openFeatures,
  realSamples,
  type Draw,
  type OpenedFeatures,
} from '../src/headless/measure.ts';

const ring = presetConfig('ring');
const digits = presetConfig('digits-small');
const few = { samples: 300, seed: 1 };
const quick = { subsets: 2, neighbourSamples: 200 };

let folder = '';
let features: OpenedFeatures;
/** A random network, which is as good for these tests as a trained one, and at hand at once. */
function randomFeatures(): TrainedFeatures {
  const plan = featurePlan(digits.data);
  const parameters = new Float32Array(plan.parameterCount);
  parameters.set(initialParameters(plan.extractor, 5, 0));
  parameters.set(initialParameters(plan.head, 5, 1), plan.extractor.parameterCount);
  return { parameters, accuracy: 0.9 };
}
const pathOf = (config: RunConfig): string => join(folder, `${featureKey(config.data)}.safetensors`);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-features-'));
  await keepFeatures(pathOf(digits), randomFeatures());
  const opened = await openFeatures(digits, null, { folder });
  if (opened === null) throw new TypeError('digits have features');
  features = opened;
});
afterAll(async () => {
  features.network.dispose();
  await rm(folder, { recursive: true });
});

/** `draw` with each sample changed. */
const changed =
  (draw: Draw, change: (value: number, index: number) => number): Draw =>
  async (first, count) =>
    (await draw(first, count)).map(change);

describe('points', () => {
  const points = { config: ring, features: null, real: realSamples(ring, 1, null), samples: 2500, seed: 1 };

  it('of another draw of the data score as a perfect generator does', async () => {
    const { figures, featureHash, samples } = await measureGenerator(points, realSamples(ring, 2, null));
    expect(Object.keys(figures)).toEqual(['modes', 'highQuality', 'modeKl', 'slicedWasserstein']);
    expect(figures.modes).toBe(8);
    expect(figures.highQuality).toBeCloseTo(0.989, 1.9);
    expect(figures.modeKl).toBeLessThan(0.005);
    expect([samples, featureHash]).toEqual([2500, null]);
  });

  it('that went to one mode are told', async () => {
    const one = changed(realSamples(ring, 2, null), (_, i) => (i % 2 === 0 ? 1 : 0.001));
    const { figures } = await measureGenerator(points, one);
    expect(figures).toMatchObject({ modes: 1, highQuality: 1 });
    expect(figures.modeKl).toBeCloseTo(Math.log(8), 12);
    expect(figures.slicedWasserstein).toBeGreaterThan(0.5);
  });

  it('that are no numbers are refused', async () => {
    const broken = changed(points.real, (value, i) => (i === 700 ? NaN : value));
    await expect(measureGenerator(points, broken)).rejects.toMatchObject({ code: 'SAMPLES_NOT_FINITE' });
  });
});

describe('images', () => {
  const images = (): Parameters<typeof measureAgainst>[0] => ({
    config: digits,
    features: features.network,
    real: realSamples(digits, 1, null),
    effort: quick,
    ...few,
  });

  it('get worse figures the worse they are, beside the same real ones', async () => {
    const against = await measureAgainst(images());
    const others = realSamples(digits, 2, null);
    const noise = (amount: number): Draw =>
      changed(others, (value, i) => value + amount * Math.sin(9999 * (i + 1)));
    const [real, little, much] = [await against(others), await against(noise(0.3)), await against(noise(1))];
    expect(Object.keys(real.figures).toSorted()).toEqual(
      [
        'fid',
        'kid',
        'precision',
        'recall',
        'density',
        'coverage',
        'classCoverage',
        'classKl',
        'slicedWasserstein',
      ].toSorted(),
    );
    for (const name of ['fid', 'kid', 'slicedWasserstein'] as const) {
      expect(little.figures[name]).toBeGreaterThan(real.figures[name] ?? NaN);
      expect(much.figures[name]).toBeGreaterThan(little.figures[name] ?? NaN);
    }
    expect(real.figures.coverage).toBeGreaterThan(0.8);
    expect(much.figures.coverage).toBeLessThan(0.5);
    expect(real.featureHash).toBe(features.network.hash);
    expect(await against(others)).toEqual(real);
  });

  it('are measured as 8 bits: what a file of them would lose makes no difference', async () => {
    const against = await measureAgainst(images());
    const others = realSamples(digits, 2, null);
    const finer = changed(others, (value) => Math.round((value + 1) * 127.5) / 127.5 - 1 + 1e-3);
    expect((await against(finer)).figures).toEqual((await against(others)).figures);
  });

  it('without labels are compared as pixels', async () => {
    const [height, width, channels] = exampleShape(digits.data);
    const data: RunConfig['data'] = {
      source: 'images',
      path: 'x',
      height,
      width,
      channels: channels === 1 ? 1 : 3,
      classes: 0,
    };
    const unlabelled = { ...digits, data };
    expect(await openFeatures(unlabelled, null, { folder })).toBeNull();
    const comparison = { ...images(), config: unlabelled, features: null };
    const { figures } = await measureGenerator(comparison, comparison.real);
    expect(figures).toEqual({ slicedWasserstein: 0 });
  });
});

describe('samples', () => {
  it('are the same whatever parts they are drawn in', async () => {
    const compute = await createCompute('wasm', planModel(digits), digits);
    const plan = planModel(digits).generator;
    const [parameters, running] = [initialParameters(plan, 3, 1).slice(), initialRunning(plan).slice()];
    const size = volume(exampleShape(digits.data));
    const draws = [
      realSamples(digits, 4, null),
      generatedSamples(compute, digits, { parameters, running }, 4),
    ];
    for (const draw of draws) {
      const whole = await draw(0, 20);
      expect(await draw(7, 5)).toEqual(whole.slice(7 * size, 12 * size));
      expect(new Set(whole).size).toBeGreaterThan(100);
    }
    compute.dispose();
  });
});

describe('feature networks on disk', () => {
  it('come back as they were kept, with nothing else beside them', async () => {
    const { parameters, accuracy } = randomFeatures();
    expect(await readFeatures(pathOf(digits), parameters.length)).toEqual({ parameters, accuracy });
    expect(features.accuracy).toBe(accuracy);
    expect(await readdir(folder)).toEqual(['features-digits-1.safetensors']);
  });

  it('are made anew where they are missing, torn or of another plan', async () => {
    const { parameters } = randomFeatures();
    expect(await readFeatures(join(folder, 'none'), parameters.length)).toBeNull();
    expect(await readFeatures(pathOf(digits), parameters.length + 1)).toBeNull();
    const torn = join(folder, '..', `${basename(folder)}-torn`);
    await writeFile(torn, (await readFile(pathOf(digits))).subarray(0, 1000));
    expect(await readFeatures(torn, parameters.length)).toBeNull();
    await rm(torn);
  });

  it('that cannot be kept are used all the same', async () => {
    await keepFeatures(join(pathOf(digits), 'below-a-file', 'x.safetensors'), randomFeatures());
    expect(await readdir(folder)).toEqual(['features-digits-1.safetensors']);
  });
});
