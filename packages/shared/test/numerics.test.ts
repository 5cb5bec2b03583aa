import { describe, expect, it } from 'vitest';
import {
  emaDecay,
  emptyMoments,
  initialParameters,
  initialRunning,
  learningRateFactor,
  mergeMoments,
  mixtures,
  nextPosition,
  phaseLengths,
  planModel,
  presetConfig,
  readSafetensors,
  scoreMixture,
  startPosition,
  updateRunning,
  writeSafetensors,
  type Moments,
  type Position,
} from '@gantry/shared';

function momentsOf(values: readonly number[]): Moments {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return {
    n: values.length,
    mean: Float64Array.of(mean),
    m2: Float64Array.of(values.reduce((sum, x) => sum + (x - mean) ** 2, 0)),
  };
}

describe('moments', () => {
  it('merge into those of the whole, in any split, with no examples too', () => {
    const values = Array.from({ length: 24 }, (_, i) => Math.sin(i) * (i + 1) + 100);
    const whole = momentsOf(values);
    for (const cuts of [
      [5, 16],
      [1, 23],
      [8, 16],
      [0, 24],
      [12, 12],
    ]) {
      const merged = emptyMoments(1);
      for (const part of [values.slice(0, cuts[0]), values.slice(cuts[0], cuts[1]), values.slice(cuts[1])]) {
        if (part.length === 0) mergeMoments(merged, 0, [NaN], [NaN]);
        else mergeMoments(merged, part.length, momentsOf(part).mean, momentsOf(part).m2);
      }
      expect(merged.n).toBe(24);
      expect(merged.mean[0]).toBeCloseTo(whole.mean[0], 10);
      expect(merged.m2[0]).toBeCloseTo(whole.m2[0], 8);
    }
  });

  it('move running statistics with the unbiased variance', () => {
    const mean = Float32Array.of(0);
    const variance = Float32Array.of(1);
    updateRunning(mean, variance, momentsOf([1, 2, 3, 4]), 0.1);
    expect(mean[0]).toBeCloseTo(0.25, 6);
    expect(variance[0]).toBeCloseTo(0.9 + 0.1 * (5 / 3), 6);
  });
});

describe('the schedule', () => {
  const walk = (lengths: { discriminator: number; generator: number }, count: number): Position[] => {
    const positions = [startPosition];
    while (positions.length < count) positions.push(nextPosition(positions[positions.length - 1], lengths));
    return positions;
  };

  it('goes through both phases of an iteration', () => {
    const short = walk({ discriminator: 2, generator: 1 }, 5).map(({ iteration, phase, done, steps }) => [
      iteration,
      phase[0],
      done,
      steps.discriminator,
      steps.generator,
    ]);
    expect(short).toEqual([[0, 'd', 0, 0, 0], [0, 'd', 1, 1, 0], [0, 'g', 0, 2, 0], [1, 'd', 0, 2, 1], [1, 'd', 1, 3, 1]]); // prettier-ignore
  });

  it('counts epochs in whole passes over the data', () => {
    const digits = presetConfig('digits');
    const epochs = { ...digits, schedule: { ...digits.schedule, unit: 'epochs' as const, discriminator: 2 } };
    expect(phaseLengths(epochs, 10_000)).toEqual({ discriminator: 314, generator: 157 });
    expect(phaseLengths(digits, 10_000)).toEqual({ discriminator: 1, generator: 1 });
  });

  it('lets learning rates fall linearly where that is asked for', () => {
    const ring = presetConfig('ring');
    const at = (share: number): number => learningRateFactor(ring, share * ring.schedule.iterations);
    expect([at(0), at(0.5), at(0.75), at(1)]).toEqual([1, 1, 0.5, 0]);
    expect(learningRateFactor(presetConfig('digits'), 1e9)).toBe(1);
  });

  it('warms the moving average up', () => {
    expect(emaDecay(0.999, 0)).toBe(0.1);
    expect(emaDecay(0.999, 90)).toBe(0.91);
    expect(emaDecay(0.999, 1e6)).toBe(0.999);
  });
});

describe('initial parameters', () => {
  it('follow the seed and their distributions', () => {
    const { generator, discriminator } = planModel(presetConfig('digits'));
    const first = initialParameters(generator, 1, 1);
    expect(initialParameters(generator, 1, 1)).toEqual(first);
    expect(initialParameters(generator, 2, 1)).not.toEqual(first);
    const kernel = first.subarray(0, generator.parameters[0].size);
    const deviation = Math.sqrt(kernel.reduce((sum, x) => sum + x * x, 0) / kernel.length);
    expect(deviation).toBeCloseTo(0.02, 3);
    const gamma = generator.parameters[1];
    const scales = first.subarray(gamma.offset, gamma.offset + gamma.size);
    expect(scales.reduce((sum, x) => sum + x, 0) / gamma.size).toBeCloseTo(1, 1);
    expect([...initialRunning(discriminator)]).toEqual([
      ...Array<number>(64).fill(0),
      ...Array<number>(64).fill(1),
    ]);
    const ring = planModel(presetConfig('ring')).generator;
    const bound = 1 / Math.sqrt(128);
    const inner = initialParameters(ring, 1, 1).subarray(
      ring.parameters[2].offset,
      ring.parameters[3].offset,
    );
    expect(Math.max(...inner)).toBeLessThanOrEqual(bound);
    expect(Math.min(...inner)).toBeLessThan(-0.99 * bound);
  });
});

describe('the score of a mixture', () => {
  it('is 8 modes and 1 at the centres, and less where points stray', () => {
    const centres = Float32Array.from(mixtures.ring.centres.flat());
    expect(scoreMixture(mixtures.ring, centres)).toEqual({ modes: 8, highQuality: 1, samples: 8 });
    const strayed = centres.slice();
    strayed[0] += 0.0301;
    expect(scoreMixture(mixtures.ring, strayed)).toEqual({ modes: 7, highQuality: 0.875, samples: 8 });
    strayed[0] = centres[0] + 0.0299;
    expect(scoreMixture(mixtures.ring, strayed).modes).toBe(8);
    expect(scoreMixture(mixtures.grid, Float32Array.of(0, 0, 4, -4, 1, 1))).toEqual({
      modes: 2,
      highQuality: 2 / 3,
      samples: 3,
    });
    expect(scoreMixture(mixtures.ring, Float32Array.of(NaN, NaN))).toEqual({
      modes: 0,
      highQuality: 0,
      samples: 1,
    });
  });

  it('has eight distinct centres on the unit circle, and twenty-five on the grid', () => {
    expect(new Set(mixtures.ring.centres.map(String)).size).toBe(8);
    for (const [x, y] of mixtures.ring.centres) expect(Math.hypot(x, y)).toBeCloseTo(1, 15);
    expect(new Set(mixtures.grid.centres.map(String)).size).toBe(25);
  });
});

describe('safetensors', () => {
  const file = writeSafetensors(
    new Map([
      ['a', { shape: [3], data: Float32Array.of(1, 2, 3) }],
      ['b/c', { shape: [1, 2], data: Float64Array.of(Math.PI, -0) }],
    ]),
    { note: 'ünïcode' },
  );

  it('come out as they went in', () => {
    const { tensors, metadata } = readSafetensors(file);
    expect(metadata).toEqual({ note: 'ünïcode' });
    expect(tensors.get('a')).toEqual({ shape: [3], data: Float32Array.of(1, 2, 3) });
    expect(tensors.get('b/c')).toEqual({ shape: [1, 2], data: Float64Array.of(Math.PI, -0) });
  });

  it('are refused when they are cut short', () => {
    for (const length of [0, 7, 8, 40, file.length - 1]) {
      expect(() => readSafetensors(file.slice(0, length))).toThrow(/Not a valid safetensors file/);
    }
  });
});
