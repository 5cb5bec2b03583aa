/** Inner products of all pairs: on kernels and in plain loops, equal to the bit. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sharedWorkspace } from '../src/codec/kernels.ts';
import { dot, eachTile, tileSide } from '../src/measures/products.ts';
import { kinds, numbers } from './support/numbers.ts';

/** By row and column; NaN where no tile was. */
function allProducts(a: Float32Array, b: Float32Array, length: number, plain = false): Float64Array {
  const [n, m] = [a.length / length, b.length / length];
  const out = new Float64Array(n * m).fill(NaN);
  eachTile(
    a,
    b,
    length,
    ({ firstRow, rows, firstColumn, columns, products }) => {
      for (let i = 0; i < rows; i++) {
        const row = products.subarray(i * tileSide, i * tileSide + columns);
        out.set(row, (firstRow + i) * m + firstColumn);
      }
    },
    plain ? null : sharedWorkspace,
  );
  return out;
}

describe('inner products of all pairs', () => {
  it('are the same on kernels as in plain loops, for vectors of any length', () => {
    expect(sharedWorkspace).not.toBeNull();
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds),
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 140 }),
        fc.oneof(fc.integer({ min: 1, max: 70 }), fc.constantFrom(127, 128, 129, 1023, 1025)),
        fc.nat(),
        (kind, n, m, length, seed) => {
          const [a, b] = [numbers(kind, n * length, seed), numbers(kind, m * length, seed + 1)];
          expect(allProducts(a, b, length)).toEqual(allProducts(a, b, length, true));
        },
      ),
      { numRuns: 60, seed: 3 },
    );
  });

  it('are those of the vectors, by the definition', () => {
    const a = Float32Array.of(1, 2, 3, -4, 5, 0.5);
    const b = Float32Array.of(2, 0, 1, 1, 1, 1);
    expect([...allProducts(a, b, 3)]).toEqual([5, 6, -7.5, 1.5]);
    expect(dot(a, 3, b, 0, 3)).toBe(-7.5);
  });

  it.each([
    ['kernels', false],
    ['plain loops', true],
  ])('of a set with itself come once, below the diagonal of tiles: %s', (_, plain) => {
    const n = 2 * tileSide + 1;
    const x = numbers('near', n * 3, 5);
    const found = allProducts(x, x, 3, plain);
    const whole = allProducts(x, x.slice(), 3, plain);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const there = Math.floor(j / tileSide) <= Math.floor(i / tileSide);
        expect(found[i * n + j]).toBe(there ? whole[i * n + j] : NaN);
      }
    }
  });
});
