/** Measures against closed forms, cases done by hand, NumPy's numbers and properties that are known of them. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  drawNormal,
  drawUniform,
  mixtures,
  modeHistogram,
  quantise,
  scoreMixture,
  toPixels,
} from '@gantry/shared';
import {
  addFeatures,
  compareFeatures,
  coveredShare,
  emptyFeatureMoments,
  FeatureSet,
  frechetDistance,
  kernelDistance,
  klDivergence,
  manifoldScores,
  mergeFeatureMoments,
  usualEffort,
  type FeatureMoments,
} from '@gantry/shared/measures';

interface GoldenSet {
  readonly name: string;
  readonly size: number;
  readonly neighbours: number;
  readonly real: readonly number[];
  readonly generated: readonly number[];
  readonly frechet: number;
  readonly kid: number;
  readonly precision: number;
  readonly recall: number;
  readonly density: number;
  readonly coverage: number;
}
const golden = JSON.parse(readFileSync(new URL('golden/measures.json', import.meta.url), 'utf8')) as {
  readonly sets: readonly GoldenSet[];
  readonly histogram: {
    readonly counts: readonly number[];
    readonly reference: readonly number[];
    readonly uniform: number;
    readonly relative: number;
  };
};

/** float32 [count, size] from a normal distribution. */
function normal(count: number, size: number, example: number): Float32Array {
  const out = new Float32Array(count * size);
  drawNormal({ seed: 11, purpose: 'example', example }, out);
  return out;
}

function momentsOf(features: Float32Array, size: number): FeatureMoments {
  const moments = emptyFeatureMoments(size);
  addFeatures(moments, features);
  return moments;
}

/** Moments of a normal distribution itself: of endlessly many samples, as it were. */
function exactly(mean: readonly number[], covariance: readonly number[]): FeatureMoments {
  const n = 1001;
  return { n, mean: Float64Array.from(mean), scatter: Float64Array.from(covariance, (c) => c * (n - 1)) };
}

const whole = { count: 100, size: 1000, seed: 1 };
const shifted = (x: Float32Array, by: number): Float32Array => x.map((value) => value + by);

describe.each(golden.sets)('of $name', ({ size, neighbours, real, generated, frechet, kid, ...near }) => {
  const [a, b] = [Float32Array.from(real), Float32Array.from(generated)];

  it('the Fréchet distance is what NumPy finds', () => {
    expect(frechetDistance(momentsOf(a, size), momentsOf(b, size)) / frechet).toBeCloseTo(1, 7);
  });

  it('the kernel distance is what NumPy finds', () => {
    expect(kernelDistance(a, b, size, whole).mean / kid).toBeCloseTo(1, 10);
  });

  it('precision, recall, density and coverage are what NumPy finds', () => {
    const found = manifoldScores(a, b, size, neighbours);
    for (const name of ['precision', 'recall', 'density', 'coverage'] as const) {
      expect(found[name]).toBeCloseTo(near[name], 12);
    }
  });
});

describe('the Fréchet distance', () => {
  it('of two normal distributions along a line is the shift squared and the difference of deviations squared', () => {
    expect(frechetDistance(exactly([1], [4]), exactly([4], [25]))).toBeCloseTo(9 + 9, 12);
  });

  it('of covariances that commute is that of each axis', () => {
    const found = frechetDistance(exactly([0, 0], [1, 0, 0, 16]), exactly([0, 3], [9, 0, 0, 4]));
    expect(found).toBeCloseTo(9 + (1 - 3) ** 2 + (4 - 2) ** 2, 12);
  });

  it('of covariances that do not commute is the closed form for two dimensions', () => {
    // Tr((AB)^½) = √(Tr AB + 2√det AB) for 2 × 2 matrices.
    const [a, b] = [
      [2, 0.5, 0.5, 1],
      [1, -0.8, -0.8, 3],
    ];
    const traceOfProduct = a[0] * b[0] + a[1] * b[2] + a[2] * b[1] + a[3] * b[3];
    const determinant = (a[0] * a[3] - a[1] * a[2]) * (b[0] * b[3] - b[1] * b[2]);
    const root = Math.sqrt(traceOfProduct + 2 * Math.sqrt(determinant));
    expect(frechetDistance(exactly([0, 0], a), exactly([0, 0], b))).toBeCloseTo(2 + 1 + 1 + 3 - 2 * root, 12);
  });

  it('is 0 between a set and itself, and the shift squared between it and itself elsewhere', () => {
    const x = normal(200, 6, 1);
    expect(frechetDistance(momentsOf(x, 6), momentsOf(x, 6))).toBeLessThan(1e-10);
    expect(frechetDistance(momentsOf(x, 6), momentsOf(shifted(x, 2), 6))).toBeCloseTo(6 * 4, 4);
  });

  it('stays where both sets are turned', () => {
    const [a, b] = [normal(50, 2, 1), shifted(normal(60, 2, 2), 0.3)];
    const turned = (x: Float32Array): Float32Array =>
      x.map((value, i) => (i % 2 === 0 ? 0.6 * value - 0.8 * x[i + 1] : 0.8 * x[i - 1] + 0.6 * value));
    const before = frechetDistance(momentsOf(a, 2), momentsOf(b, 2));
    expect(frechetDistance(momentsOf(turned(a), 2), momentsOf(turned(b), 2))).toBeCloseTo(before, 5);
  });

  it('between draws of one distribution falls with their number: its bias', () => {
    const at = (count: number): number =>
      frechetDistance(momentsOf(normal(count, 8, 3), 8), momentsOf(normal(count, 8, 4), 8));
    const [few, some, many] = [at(50), at(500), at(5000)];
    expect(few).toBeGreaterThan(4 * some);
    expect(some).toBeGreaterThan(4 * many);
    expect(many).toBeGreaterThan(0);
  });

  it('of parts that were merged is that of the whole, however it was cut', () => {
    const size = 3;
    const features = shifted(normal(60, size, 5), 1000);
    const other = momentsOf(normal(60, size, 6), size);
    const expected = frechetDistance(momentsOf(features, size), other);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 6 }), (cuts) => {
        const ends = [0, ...cuts.toSorted((x, y) => x - y), 60];
        const merged = emptyFeatureMoments(size);
        for (let i = 1; i < ends.length; i++) {
          mergeFeatureMoments(merged, momentsOf(features.subarray(size * ends[i - 1], size * ends[i]), size));
        }
        expect(merged.n).toBe(60);
        expect(frechetDistance(merged, other) / expected).toBeCloseTo(1, 12);
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  it('is refused between features of different sizes, and of one vector', () => {
    expect(() => frechetDistance(momentsOf(normal(9, 2, 1), 2), momentsOf(normal(6, 3, 1), 3))).toThrow(
      'of 2',
    );
    expect(() => frechetDistance(momentsOf(normal(1, 2, 1), 2), momentsOf(normal(9, 2, 1), 2))).toThrow(
      '1 vec',
    );
  });
});

describe('the kernel distance', () => {
  it('of few vectors is what comes out by hand', () => {
    // Of length 1, k(x, y) = (xy + 1)³. Within {0, 1, 2}: pairs 1, 1, 27; within {1, -1}: 0; between: 1, 1, 8, 0, 27, -1.
    const found = kernelDistance(Float32Array.of(0, 1, 2), Float32Array.of(1, -1), 1, whole);
    expect(found.mean).toBeCloseTo(29 / 3 + 0 - (2 * 36) / 6, 12);
    expect(found.deviation).toBe(0);
  });

  it('is 0 in the mean between draws of one distribution, also of few: it has no bias', () => {
    const size = 4;
    const found = Array.from(
      { length: 400 },
      (_, i) => kernelDistance(normal(12, size, 10 + i), normal(12, size, 1000 + i), size, whole).mean,
    );
    const mean = found.reduce((sum, value) => sum + value, 0) / found.length;
    const deviation = Math.sqrt(found.reduce((sum, value) => sum + (value - mean) ** 2, 0) / found.length);
    expect(Math.min(...found)).toBeLessThan(0);
    expect(Math.abs(mean)).toBeLessThan((3 * deviation) / Math.sqrt(found.length));
  });

  it('of subsets is near that of the whole, the same for the same seed, and another for another', () => {
    const [a, b] = [normal(300, 4, 1), shifted(normal(250, 4, 2), 1)];
    const all = kernelDistance(a, b, 4, { count: 1, size: 300, seed: 1 }).mean;
    const of = (seed: number) => kernelDistance(a, b, 4, { count: 60, size: 100, seed });
    const found = of(1);
    expect(Math.abs(found.mean - all)).toBeLessThan((4 * found.deviation) / Math.sqrt(60));
    expect(found.deviation).toBeGreaterThan(0);
    expect(of(1)).toEqual(found);
    expect(of(2).mean).not.toBe(found.mean);
  });

  it('takes no vector twice into a subset', () => {
    // Orthogonal vectors have a kernel of 1 with each other and of 1001³ with themselves; zeros have 1 with all.
    const long = Math.sqrt(3000);
    const orthogonal = Float32Array.of(long, 0, 0, 0, long, 0, 0, 0, long);
    const found = kernelDistance(orthogonal, new Float32Array(9), 3, { count: 50, size: 2, seed: 1 });
    expect(found).toEqual({ mean: 0, deviation: 0 });
  });
});

describe('precision, recall, density and coverage', () => {
  it('of points on a line are what comes out by hand', () => {
    // Balls of the real points 0, 1, 3, 7 reach 1, 1, 2, 4 (k = 1); those of 0.5, 6.5, 20 reach 6, 6, 13.5.
    const real = Float32Array.of(0, 1, 3, 7);
    const generated = Float32Array.of(0.5, 6.5, 20);
    const found = manifoldScores(real, generated, 1, 1);
    // 0.5 lies in the balls of 0 and 1; 6.5 in that of 7; 20 in none.
    expect(found.precision).toBeCloseTo(2 / 3, 12);
    expect(found.density).toBeCloseTo(3 / 3, 12);
    // The balls of 0, 1 and 7 hold a generated point.
    expect(found.coverage).toBeCloseTo(3 / 4, 12);
    // 0.5 reaches 6: 0, 1, 3; 6.5 reaches 6: 1, 3, 7.
    expect(found.recall).toBe(1);
  });

  it('do not count what lies on the edge of a ball', () => {
    // The ball of 0 and that of 2 reach 2: 4 is on the edge of one, −2 on that of the other.
    const found = manifoldScores(Float32Array.of(0, 2), Float32Array.of(4, -2), 1, 1);
    expect(found).toMatchObject({ precision: 0, density: 0, coverage: 0 });
  });

  it('are 1 where the samples are the real ones, and 0 far from them', () => {
    const real = normal(60, 3, 1);
    const same = manifoldScores(real, real, 3, 5);
    expect(same).toMatchObject({ precision: 1, recall: 1, coverage: 1 });
    // Each ball holds its centre and the k − 1 samples inside, of n · k in all.
    expect(same.density).toBeCloseTo(1, 12);
    const far = manifoldScores(real, shifted(normal(60, 3, 2), 100), 3, 5);
    expect(far).toEqual({ precision: 0, recall: 0, density: 0, coverage: 0 });
  });

  it('tell a generator that repeats itself from one that strays', () => {
    const real = normal(400, 2, 1);
    const collapsed = normal(400, 2, 2).map((x) => 0.05 * x);
    const wide = normal(400, 2, 3).map((x) => 4 * x);
    const one = manifoldScores(real, collapsed, 2, 5);
    expect(one.precision).toBeGreaterThan(0.95);
    expect(one.recall).toBeLessThan(0.1);
    const other = manifoldScores(real, wide, 2, 5);
    expect(other.precision).toBeLessThan(0.6);
    expect(other.recall).toBeGreaterThan(0.9);
    expect(other.coverage).toBeLessThan(0.8);
  });

  it('are refused where a set has no k-th neighbours', () => {
    expect(() => manifoldScores(normal(5, 2, 1), normal(9, 2, 2), 2, 5)).toThrow('5 and 9');
  });
});

describe('histograms', () => {
  const { counts, reference, uniform, relative } = golden.histogram;

  it('have the divergence that SciPy finds', () => {
    expect(klDivergence(counts)).toBeCloseTo(uniform, 12);
    expect(klDivergence(counts, reference)).toBeCloseTo(relative, 12);
  });

  it('have a divergence of 0 where they are alike, and of ln K where all is in one of K', () => {
    expect(klDivergence([7, 7, 7])).toBe(0);
    expect(klDivergence([1, 2, 3], [2, 4, 6])).toBe(0);
    expect(klDivergence([0, 9, 0, 0])).toBeCloseTo(Math.log(4), 12);
    expect(klDivergence([1, 1], [3, 0])).toBe(Infinity);
    expect(klDivergence([0, 0])).toBeNaN();
  });

  it('cover the bins that the reference has something in', () => {
    expect(coveredShare([1, 0, 5, 0])).toBe(0.5);
    expect(coveredShare([1, 0, 5, 0], [1, 1, 1, 0])).toBeCloseTo(2 / 3, 12);
    expect(coveredShare([0], [0])).toBeNaN();
  });
});

describe('modes', () => {
  it('of a perfect ring: all of them, 98.9 % of high quality, and a divergence of 7/2n', () => {
    const n = 50_000;
    const { centres, deviation } = mixtures.ring;
    const which = new Float64Array(n);
    drawUniform({ seed: 2, purpose: 'label' }, which);
    const noise = normal(n, 2, 77);
    const points = noise.map((z, i) => centres[Math.floor(8 * which[i >> 1])][i % 2] + deviation * z);
    const { modes, highQuality } = scoreMixture(mixtures.ring, points);
    expect(modes).toBe(8);
    expect(highQuality).toBeCloseTo(1 - Math.exp(-4.5), 2);
    expect(klDivergence(modeHistogram(mixtures.ring, points))).toBeLessThan((4 * 7) / (2 * n));
  });

  it('are counted wherever a point lies, but for what is no point', () => {
    const counts = modeHistogram(mixtures.ring, Float32Array.of(5, 0.1, 0.9, 0, 0, -3, NaN, 0));
    expect([...counts]).toEqual([2, 0, 0, 0, 0, 0, 1, 0]);
  });
});

describe('a feature set', () => {
  const size = 4;
  const vectors = normal(30, size, 8);
  const classes = Int32Array.from({ length: 30 }, (_, i) => i % 3);
  const other = new FeatureSet(size, 3);
  other.add(normal(30, size, 9), classes);
  const setOf = (from: number, to: number): FeatureSet => {
    const set = new FeatureSet(size, 3);
    set.add(vectors.subarray(from * size, to * size), classes.subarray(from, to));
    return set;
  };

  it('of parts that were merged gives the figures of the whole', () => {
    const merged = setOf(0, 7);
    merged.merge(setOf(7, 19));
    merged.merge(setOf(19, 30));
    expect(merged.first(9)).toEqual(vectors.subarray(0, 9 * size));
    const figures = compareFeatures(merged, other, usualEffort, 1);
    const expected = compareFeatures(setOf(0, 30), other, usualEffort, 1);
    expect({ ...figures, fid: 0 }).toEqual({ ...expected, fid: 0 });
    expect((figures.fid ?? NaN) / (expected.fid ?? NaN)).toBeCloseTo(1, 10);
  });
});

describe('images of 8 bits', () => {
  it('are rounded to their 256 values, and cut where they are beyond', () => {
    const images = Float32Array.of(-1.5, -1, -0.9961, 0, 1, 7);
    expect([...toPixels(images)]).toEqual([0, 0, 0, 128, 255, 255]);
    const once = quantise(images);
    expect(quantise(once)).toEqual(once);
    expect(once[4]).toBe(1);
  });
});
