/** The constants of the normalisation layer, against examples as workers draw them. */
import { dataStatistics, planModel, presetConfig } from '@gantry/shared';
import { describe, expect, it } from 'vitest';
import { drawnData } from '../src/data/drawn-source.ts';

describe.each(['digits', 'ring', 'grid'] as const)('the constants of %s', (source) => {
  it('are the mean and deviation of what is drawn', () => {
    const { length, draw } = drawnData({ source });
    const channels = source === 'digits' ? 1 : 2;
    const count = source === 'digits' ? 4000 : 100_000;
    const sums = new Float64Array(channels);
    const squares = new Float64Array(channels);
    const { mean, deviation } = dataStatistics({ source });
    expect([mean.length, deviation.length]).toEqual([channels, channels]);
    const out = new Float32Array(length);
    for (let example = 0; example < count; example++) {
      draw({ seed: 77, purpose: 'example', step: 0, example }, out);
      out.forEach((x, i) => {
        const c = i % channels;
        sums[c] += x - mean[c];
        squares[c] += (x - mean[c]) ** 2;
      });
    }
    const n = (count * length) / channels;
    // Five standard errors: of points drawn singly, and of digits, whose pixels come 784 at a time.
    const bound = source === 'digits' ? 0.005 : (5 * deviation[0]) / Math.sqrt(count);
    for (let c = 0; c < channels; c++) {
      expect(Math.abs(sums[c] / n)).toBeLessThan(bound);
      expect(Math.abs(Math.sqrt(squares[c] / n) - deviation[c])).toBeLessThan(bound);
    }
  });
});

it('the grid and the ring have the deviations of their closed forms', () => {
  const [ring] = dataStatistics({ source: 'ring' }).deviation;
  expect(ring).toBeCloseTo(Math.sqrt(0.5 + 1e-4), 12);
  expect(dataStatistics({ source: 'grid' }).deviation[1]).toBeCloseTo(Math.sqrt(8 + 0.0025), 12);
});

describe('model.normalization', () => {
  const digits = presetConfig('digits-small');
  const withModel = (changes: object) => ({ ...digits, model: { ...digits.model, ...changes } }); // prettier-ignore
  const { mean, deviation } = dataStatistics({ source: 'digits' });

  it('puts the layer first in the discriminator, and nowhere in the generator', () => {
    const plan = planModel(withModel({ normalization: true }));
    expect(plan.discriminator.layers[0].spec).toMatchObject({ type: 'normalization', mean, deviation });
    expect(plan.discriminator.layers[0].output).toEqual([28, 28, 1]);
    expect(plan.generator).toEqual(planModel(digits).generator);
    expect(plan.discriminator.parameters).toEqual(planModel(digits).discriminator.parameters);
  });

  it('stands behind a pack, with constants for each example of it', () => {
    const { layers } = planModel(withModel({ normalization: true, pack: 2 })).discriminator;
    expect(layers.slice(0, 2).map(({ spec }) => spec.type)).toEqual(['pack', 'normalization']);
    expect(layers[1].spec).toMatchObject({
      mean: [...mean, ...mean],
      deviation: [...deviation, ...deviation],
    });
    expect(layers[1].output).toEqual([28, 28, 2]);
  });

  it('takes the constants of stored data from the configuration, which must have them', () => {
    const stored = { source: 'idx', path: 'x', height: 28, width: 28, channels: 1, classes: 0 } as const;
    const config = { ...withModel({ normalization: true }), data: stored };
    expect(() => planModel(config)).toThrow(/data\.statistics .* when it is first read/);
    const statistics = { mean: [-0.5], deviation: [0.25] };
    const { layers } = planModel({ ...config, data: { ...stored, statistics } }).discriminator;
    expect(layers[0].spec).toMatchObject(statistics);
  });
});
