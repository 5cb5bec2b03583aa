import { describe, expect, it } from 'vitest';
import {
  checkPicture,
  drawNormal,
  mixLatents,
  pictureSchema,
  presets,
  type LatentMix,
  type Picture,
  type RunConfig,
} from '@gantry/shared';

const latent = (example: number, length: number): Float32Array => {
  const out = new Float32Array(length);
  drawNormal({ seed: 1, purpose: 'sampleLatent', example }, out);
  return out;
};

describe('a mix of latents', () => {
  it('is one of them, to the bit, where it has all of the weight', () => {
    const [a, b] = [latent(0, 64), latent(1, 64)];
    expect(mixLatents([a, b], [1, 0])).toEqual(a);
    expect(mixLatents([a, b], [0, 0.25])).toEqual(b);
  });

  it('depends on the ratios of the weights alone', () => {
    const all = [0, 1, 2, 3].map((i) => latent(i, 8));
    const found = mixLatents(all, [0.5, 0.125, 0.25, 0.125]);
    const expected = mixLatents(all, [1, 0.25, 0.5, 0.25]);
    found.forEach((x, i) => expect(x).toBeCloseTo(expected[i], 6));
  });

  it('is as long as latents are, all the way between two', () => {
    const [a, b] = [latent(0, 4000), latent(1, 4000)];
    for (let t = 0; t <= 1; t += 0.125) {
      const mixed = mixLatents([a, b], [1 - t, t]);
      const variance = mixed.reduce((sum, x) => sum + x * x, 0) / mixed.length;
      expect(variance).toBeGreaterThan(0.9);
      expect(variance).toBeLessThan(1.1);
    }
  });

  it('has a way between opposite ones', () => {
    const half = mixLatents([Float32Array.of(2, 1), Float32Array.of(-2, -1)], [1, 1]);
    expect([...half]).toEqual([0, 0]);
  });
});

describe('a picture', () => {
  const mix = (places: number[], weights: number[]): LatentMix => ({ places, weights });
  const picture = (samples: LatentMix[], label: number | null = null): Picture => ({ samples, class: label });
  const conditional: RunConfig = presets['digits-conditional'];

  it.each<[string, Picture, RunConfig]>([
    ['between two places', picture([mix([0, 63], [0.5, 0.5])]), presets.digits],
    ['of a class', picture([mix([5], [1])], 9), conditional],
    ['of points', picture([mix([0, 1, 2, 2499], [1, 0, 0, 0.25])]), presets.ring],
  ])('may be %s', (_name, asked, config) => {
    expect(() => checkPicture(pictureSchema.parse(asked), config)).not.toThrow();
  });

  it.each<[string, Picture, RunConfig, string]>([
    [
      'a place that the sheet does not have',
      picture([mix([64], [1])]),
      presets.digits,
      'place 64 of a sheet of 64',
    ],
    ['a weight too few', picture([mix([0, 1], [1])]), presets.digits, '1 weights for 2 latents'],
    ['no weight at all', picture([mix([0, 1], [0, 0])]), presets.digits, 'all 0'],
    ['a class that the data does not have', picture([mix([0], [1])], 10), conditional, 'class 10 of 10'],
    ['a class of a generator that knows none', picture([mix([0], [1])], 1), presets.digits, 'class 1 of 0'],
    [
      'more pixels than a page is sent',
      picture(Array.from({ length: 64 }, () => mix([0], [1]))),
      {
        ...presets['images-32'],
        data: { source: 'images', path: '-', height: 256, width: 256, channels: 3, classes: 0 },
      },
      'a picture of 12582912 pixels, at most 1048576',
    ],
  ])('cannot have %s', (_name, asked, config, says) => {
    expect(() => checkPicture(pictureSchema.parse(asked), config)).toThrow(says);
  });

  it.each([
    ['no samples', picture([])],
    ['65 samples', picture(Array.from({ length: 65 }, () => mix([0], [1])))],
    ['five corners', picture([mix([0, 1, 2, 3, 4], [1, 1, 1, 1, 1])])],
    ['a negative weight', picture([mix([0, 1], [1, -0.5])])],
    ['a weight that is no number', picture([mix([0, 1], [1, NaN])])],
    ['half a place', picture([mix([0.5], [1])])],
  ])('with %s is none', (_name, asked) => {
    expect(pictureSchema.safeParse(asked).success).toBe(false);
  });
});
