/** Feature networks, trained for a few steps; and what is measured through them. */
import { beforeAll, describe, expect, it } from 'vitest';
import { checksum64, planModel, presetConfig, type RunConfig } from '@gantry/shared';
import { createCompute } from '../src/compute/backends.ts';
import * as tf from '../src/compute/tf.ts';
import { allExamples } from '../src/data/all-examples.ts';
import { crossEntropy } from '../src/features/cross-entropy.ts';
import { FeatureNetwork } from '../src/features/feature-network.ts';
import { featureKey, featureLength, featurePlan, recipe } from '../src/features/recipe.ts';
import { scaled, trainFeatures, type TrainedFeatures } from '../src/features/train.ts';

const digits = presetConfig('digits-small');
const short = { ...recipe, steps: 40, tested: 200 };
const plan = featurePlan(digits.data);
const images: RunConfig['data'] = {
  source: 'images',
  path: 'x',
  height: 30,
  width: 48,
  channels: 3,
  classes: 4,
  fingerprint: 'abc',
};

let trained: TrainedFeatures;
beforeAll(async () => {
  await createCompute('wasm', planModel(digits), digits);
  trained = await trainFeatures(digits, plan, null, () => undefined, short);
});

describe('a feature network', () => {
  it('learns to tell the classes, and has features of mean square 1', async () => {
    expect(trained.accuracy).toBeGreaterThan(0.7);
    const network = new FeatureNetwork(plan, trained.parameters);
    const { examples, labels } = await allExamples(digits, 99, null, 'example').read(0, 300);
    const { features, classes } = await network.look(examples);
    network.dispose();
    expect(features.length).toBe(300 * featureLength);
    const square = features.reduce((sum, value) => sum + value * value, 0) / features.length;
    expect(square).toBeCloseTo(1, 0);
    const right = classes.filter((found, i) => found === labels[i]).length / 300;
    expect(Math.abs(right - trained.accuracy)).toBeLessThan(0.1);
  });

  it('is the same to the bit when it is made again, whatever the run, and leaves no tensors', async () => {
    const before = tf.memory().numTensors;
    const [a, b] = [trained, { ...digits, seed: 7, batch: { ...digits.batch, global: 64 } }];
    const again = await trainFeatures(b, plan, null, () => undefined, short);
    expect(again.accuracy).toBe(a.accuracy);
    // By their checksums: a hundred thousand numbers that differ take minutes to be shown.
    expect(checksum64(again.parameters)).toBe(checksum64(a.parameters));
    expect(tf.memory().numTensors).toBe(before);
    const other = await trainFeatures(digits, plan, null, () => undefined, { ...short, steps: 2 });
    expect(checksum64(other.parameters)).not.toBe(checksum64(a.parameters));
  });

  it('gives the same scores with features of another scale', () => {
    const halved = scaled(plan, trained.parameters, 2);
    const from = plan.extractor.parameterCount;
    const factors = new Map(
      [
        ...plan.extractor.parameters.map(({ name, offset }) => [name, offset] as const),
        ...plan.head.parameters.map(({ name, offset }) => [name, from + offset] as const),
      ].map(([name, at]) => [name, trained.parameters[at] === 0 ? 1 : halved[at] / trained.parameters[at]]),
    );
    expect(factors.get('features/kernel')).toBe(1 / 2);
    expect(factors.get('features/bias')).toBe(1 / 2);
    expect(factors.get('scores/kernel')).toBe(2);
    expect(factors.get('scores/bias')).toBe(1);
    expect(factors.get('conv0/kernel')).toBe(1);
  });

  it('has a hash of its parameters', () => {
    const hashOf = (parameters: Float32Array<ArrayBuffer>): string => {
      const network = new FeatureNetwork(plan, parameters);
      network.dispose();
      return network.hash;
    };
    const changed = trained.parameters.slice();
    changed[0] += 1;
    expect(hashOf(trained.parameters)).toMatch(/^[0-9a-f]{16}$/);
    expect(hashOf(trained.parameters)).toBe(hashOf(trained.parameters.slice()));
    expect(hashOf(changed)).not.toBe(hashOf(trained.parameters));
  });

  it('is planned for images of any size, and goes by the data', () => {
    const { extractor, head } = featurePlan(images);
    expect(extractor.input).toEqual([30, 48, 3]);
    expect(extractor.output).toEqual([featureLength]);
    expect(head.output).toEqual([4]);
    expect(featureKey(images)).toBe('features-abc-1');
    expect(featureKey(digits.data)).toBe('features-digits-1');
    expect(featureKey(presetConfig('ring').data)).toBeNull();
    expect(featureKey({ ...images, classes: 0 })).toBeNull();
  });
});

describe('cross-entropy', () => {
  it('and its slope are what comes out by hand', () => {
    // Softmax of (ln 1, ln 3) is (¼, ¾); of (0, 0) it is (½, ½).
    const scores = tf.tensor2d([0, Math.log(3), 0, 0], [2, 2]);
    const { value, slope } = crossEntropy(scores, tf.tensor2d([0, 1, 1, 0], [2, 2]));
    expect(value.dataSync()[0]).toBeCloseTo((-Math.log(3 / 4) - Math.log(1 / 2)) / 2, 6);
    const expected = [1 / 8, -1 / 8, -1 / 4, 1 / 4];
    for (const [i, found] of slope.dataSync().entries()) expect(found).toBeCloseTo(expected[i], 6);
  });
});
