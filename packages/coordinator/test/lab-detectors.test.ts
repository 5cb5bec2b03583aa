/** The lab's detectors over courses made up for them. */
import { presetConfig, type RunConfig } from '@gantry/shared';
import { describe, expect, test } from 'vitest';
import { Detectors, modeCollapse, oscillation, type StepLine } from '../src/lab/cell/detectors.ts';
import type { MeasuredAt } from '../src/lab/cell/measured.ts';
import { TotalVariance } from '../src/lab/cell/variance.ts';

const iterations = 1000;
const ring = presetConfig('ring');
const config: RunConfig = { ...ring, schedule: { ...ring.schedule, iterations } };

/** What the detectors find of so many steps, none of which is remarkable but for what is said. */
function foundIn(steps: (iteration: number) => Partial<StepLine>, of = config) {
  const detectors = new Detectors(of);
  for (let iteration = 0; iteration < iterations; iteration++) {
    const usual = { iteration, phase: 'discriminator', loss: 1, realAccuracy: 0.7, fakeAccuracy: 0.7 };
    detectors.step({ ...usual, ...steps(iteration) });
  }
  return detectors.found([], null, 'highQuality');
}

/** Measures each 50 iterations, from 0 on. */
const course = (name: string, values: readonly number[]): MeasuredAt[] =>
  values.map((value, i) => ({ iteration: 50 * i, seconds: i, bytes: i, measures: { [name]: value } }));

describe('divergence', () => {
  test('is found where a loss is not finite', () => {
    expect(foundIn((i) => (i === 7 ? { loss: NaN } : {})).divergence).toBe(7);
    expect(foundIn((i) => (i === 9 ? { loss: -Infinity } : {})).divergence).toBe(9);
  });

  test('is found from the first of ten exploded losses of one network in a row, and not of nine', () => {
    const exploded = (from: number, to: number) =>
      foundIn((i) => (i >= from && i < to ? { loss: -1001 } : {})).divergence;
    expect(exploded(100, 110)).toBe(100);
    expect(exploded(100, 109)).toBeNull();
    expect(foundIn((i) => (i % 2 === 0 ? { loss: 1e9 } : {})).divergence).toBeNull();
    expect(foundIn(() => ({ loss: 1000 })).divergence).toBeNull();
  });

  test('is what a run ended for, where nothing was seen before', () => {
    expect(new Detectors(config).found([], 123, null).divergence).toBe(123);
  });
});

describe("the discriminator's win", () => {
  const right = { realAccuracy: 1, fakeAccuracy: 0.99 };

  test('is found where it was right for a tenth of the run', () => {
    expect(foundIn((i) => (i >= 300 ? right : {})).discriminatorWin).toBe(300);
    expect(foundIn((i) => (i >= 300 && i < 399 ? right : {})).discriminatorWin).toBeNull();
    expect(foundIn((i) => (i >= 300 && i % 99 !== 0 ? right : {})).discriminatorWin).toBeNull();
  });

  test('counts iterations and not steps, with several of these each', () => {
    const often = new Detectors(config);
    for (let iteration = 0; iteration < 60; iteration++) {
      for (let step = 0; step < 5; step++) {
        often.step({ iteration, phase: 'discriminator', loss: 1, ...right });
      }
    }
    expect(often.found([], null, null).discriminatorWin).toBeNull();
    const round = new Detectors(config);
    round.step({ iteration: 0, phase: 'discriminator', loss: 1, iterations: 100, ...right });
    expect(round.found([], null, null).discriminatorWin).toBe(0);
  });

  test('is nothing that a Wasserstein critic could have', () => {
    const wasserstein: RunConfig = { ...config, loss: { ...config.loss, kind: 'wasserstein' } };
    expect(foundIn(() => right, wasserstein).discriminatorWin).toBeNull();
    expect(foundIn(() => right).discriminatorWin).toBe(0);
  });

  test('is not seen in generator steps', () => {
    expect(foundIn(() => ({ phase: 'generator', ...right })).discriminatorWin).toBeNull();
  });
});

describe('mode collapse', () => {
  test.each<[string, number | null, string, readonly number[]]>([
    ['eight modes fall to six and stay', 150, 'modes', [0, 4, 8, 6, 6, 8]],
    ['eight modes fall to six once', null, 'modes', [0, 4, 8, 6, 8, 8]],
    ['eight modes fall to seven', null, 'modes', [0, 4, 8, 7, 7, 7]],
    ['of three modes found early two are lost', null, 'modes', [0, 3, 1, 1, 8, 8]],
    ['ten classes fall to seven', 100, 'classCoverage', [0.1, 1, 0.7, 0.7]],
    ['ten classes fall to eight', null, 'classCoverage', [0.1, 1, 0.8, 0.8]],
    ['samples become narrow', 150, 'varianceRatio', [0.01, 0.3, 0.9, 0.2, 0.1, 0.9]],
    ['samples become narrow once', null, 'varianceRatio', [0.01, 0.9, 0.2, 0.9]],
    ['samples begin narrow', null, 'varianceRatio', [0.01, 0.02, 0.03, 0.9, 1]],
  ])('where %s: %s', (_, at, name, values) => {
    expect(modeCollapse(course(name, values), iterations)).toBe(at);
  });

  test('where samples never become wide: from mid-run on', () => {
    const narrow = Array.from({ length: 21 }, () => 0.2);
    expect(modeCollapse(course('varianceRatio', narrow), iterations)).toBe(500);
    expect(modeCollapse(course('varianceRatio', [...narrow.slice(1), 0.3]), iterations)).toBeNull();
    // ln 2 = 0.693: samples spread over four of eight modes.
    expect(modeCollapse(course('modeKl', [2, 2, ...narrow.slice(2).map(() => 0.7)]), iterations)).toBe(500);
    expect(
      modeCollapse(
        course(
          'classKl',
          narrow.map(() => 0.7),
        ),
        iterations,
      ),
    ).toBe(500);
    expect(modeCollapse(course('modeKl', [...narrow.slice(1).map(() => 2), 0.69]), iterations)).toBeNull();
    // Nothing is known of the second half yet.
    expect(modeCollapse(course('varianceRatio', narrow.slice(0, 9)), iterations)).toBeNull();
  });
});

describe('oscillation', () => {
  const late = (values: readonly number[]): number | null =>
    oscillation(course('fid', [10, 8, 6, 4, 2, 1, 1, 1, 1, 1, ...values]), 'fid', iterations);

  test('is found at the fourth swing back by a fifth of the whole range', () => {
    // The range is 9, a fifth of it 1.8; from 500 on.
    expect(late([1, 4, 1, 4, 1, 4])).toBe(500 + 5 * 50);
    expect(late([1, 4, 1, 4, 1])).toBe(null);
    expect(late([1, 2, 4, 3, 1, 2, 4, 3, 1, 2, 4])).toBe(500 + 10 * 50);
  });

  test('is neither noise at the end, nor what happens in the first half, nor going one way', () => {
    expect(late([1, 2.7, 1, 2.7, 1, 2.7, 1, 2.7, 1, 2.7, 1])).toBeNull();
    expect(oscillation(course('fid', [1, 9, 1, 9, 1, 9, 1, 9, 1, 9, 1, 1]), 'fid', iterations)).toBeNull();
    expect(late([3, 5, 7, 9, 10])).toBeNull();
    expect(oscillation(course('fid', [5, 5, 5]), 'fid', 10)).toBeNull();
    expect(oscillation([], 'fid', 10)).toBeNull();
  });
});

describe('the variance of samples', () => {
  test('is the sum over dimensions, however they come', () => {
    // Dimension 0: 0, 2, 4, of variance 8/3; dimension 1: 1, 1, 1.
    const all = new TotalVariance(2);
    all.add(Float32Array.of(0, 1, 2, 1));
    all.add(Float32Array.of(4, 1));
    expect(all.value).toBeCloseTo(8 / 3, 12);
  });

  test('loses no digits however far samples lie from 0', () => {
    const all = new TotalVariance(1);
    all.add(Float32Array.of(1e6, 1e6 + 0.25, 1e6 + 0.5));
    expect(all.value).toBeCloseTo(1 / 24, 12);
  });
});
