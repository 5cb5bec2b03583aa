import { describe, expect, it } from 'vitest';
import { drawDirections, drawNormal, slicedDistance, SlicedSet, slicedWasserstein } from '@gantry/shared';

const slices = { projections: 200, seed: 3 };

function normal(length: number, example = 0): Float32Array {
  const out = new Float32Array(length);
  drawNormal({ seed: 5, purpose: 'example', example }, out);
  return out;
}

describe('the sliced Wasserstein distance', () => {
  it('is 0 between a set and itself in another order', () => {
    const a = normal(300);
    const rows = Array.from({ length: 100 }, (_, i) => [...a.subarray(3 * i, 3 * i + 3)]);
    const b = Float32Array.from(rows.toReversed().flat());
    expect(slicedWasserstein(a, b, 3, slices)).toBe(0);
  });

  it('is the shift along a line', () => {
    const a = normal(500);
    const b = a.map((x) => x + 2);
    expect(slicedWasserstein(a, b, 1, slices)).toBeCloseTo(2, 6);
  });

  it('is the length of the shift by √size in more dimensions', () => {
    // E(θ·t)² = ‖t‖²/size for θ uniform on the sphere.
    const a = normal(50 * 16);
    const b = a.map((x, i) => x + (i % 16 === 3 ? 8 : 0));
    expect(slicedWasserstein(a, b, 16, { projections: 4000, seed: 1 })).toBeCloseTo(2, 1);
  });

  it('is the difference of deviations between scaled sets', () => {
    // Along a line, x and 3x are paired in order: √(mean of (2x)²).
    const a = normal(1000);
    const deviation = Math.sqrt(a.reduce((sum, x) => sum + x * x, 0) / a.length);
    expect(
      slicedWasserstein(
        a,
        a.map((x) => 3 * x),
        1,
        slices,
      ),
    ).toBeCloseTo(2 * deviation, 5);
  });

  it('is symmetric, and the same every time', () => {
    const [a, b] = [normal(400, 1), normal(400, 2)];
    expect(slicedWasserstein(a, b, 4, slices)).toBe(slicedWasserstein(b, a, 4, slices));
    expect(slicedWasserstein(a, b, 4, slices)).not.toBe(slicedWasserstein(a, b, 4, { ...slices, seed: 4 }));
  });

  it('is that of the whole where parts were merged in any order', () => {
    const [a, b] = [normal(300, 1), normal(300, 2)];
    const directions = drawDirections(3, slices);
    const setOf = (...parts: readonly Float32Array[]): SlicedSet => {
      const set = new SlicedSet(directions);
      for (const part of parts) set.add(part);
      return set;
    };
    const merged = setOf(a.subarray(90, 300));
    expect(() => slicedDistance(merged, setOf(b))).toThrow('70 and 100');
    // It knows this line now, and forgets it when more comes.
    expect(merged.along(0).length).toBe(70);
    merged.merge(setOf(a.subarray(0, 30), a.subarray(30, 90)));
    expect(slicedDistance(merged, setOf(b))).toBe(slicedWasserstein(a, b, 3, slices));
  });

  it('refuses sets of different sizes', () => {
    expect(() => slicedWasserstein(normal(4), normal(6), 2, slices)).toThrow('2 and 3');
  });
});
