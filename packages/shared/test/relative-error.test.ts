import { describe, expect, it } from 'vitest';
import { largestError, relativeErrors, worstError } from '../src/measures/relative-error.ts';

const pair = (name: string, found: readonly number[], expected: readonly number[]) => ({
  name,
  found,
  expected,
});

describe('relative errors of a group of tensors', () => {
  it('are measured by the norm of the tensor that was expected', () => {
    const [{ error }] = relativeErrors([pair('a', [3, 4.5], [3, 4])]);
    expect(error).toBeCloseTo(0.5 / 5, 12);
  });

  it('are measured by a hundredth of the largest tensor where a tensor is smaller than that', () => {
    const errors = relativeErrors([pair('large', [100], [100]), pair('zero', [0.5], [0])]);
    expect(errors).toEqual([
      { name: 'large', error: 0 },
      { name: 'zero', error: 0.5 },
    ]);
    expect(worstError(errors)).toEqual({ name: 'zero', error: 0.5 });
  });

  it('are 0 where all is zero on both sides, and without tensors', () => {
    expect(relativeErrors([pair('a', [0, 0], [0, 0])])).toEqual([{ name: 'a', error: 0 }]);
    expect(worstError([])).toBeNull();
    expect(largestError([])).toBe(0);
  });

  it.each([
    ['something where nothing was expected', [1], [0]],
    ['what is not a number', [NaN], [1]],
    ['other lengths', [1, 2], [1]],
  ])('are infinite for %s', (_, found, expected) => {
    expect(largestError([pair('a', found, expected)])).toBe(Infinity);
  });
});
