/** What counts as far larger than usual. */
import { describe, expect, it } from 'vitest';
import { Usual } from '../src/run/usual.ts';

function after(values: readonly number[]): Usual {
  const usual = new Usual();
  for (const value of values) usual.remember(value);
  return usual;
}
const times = (count: number, value: number): number[] => Array.from({ length: count }, () => value);

describe('a record', () => {
  it('is far from what is usual beyond a hundred times the median of the last ones', () => {
    const usual = after([...times(20, 1), ...times(19, 50)]);
    expect(usual.isFar(100)).toBe(false);
    expect(usual.isFar(101)).toBe(true);
  });

  it('is not before there is something usual', () => {
    expect(after(times(15, 1)).isFar(1e9)).toBe(false);
    expect(after(times(16, 1)).isFar(1e9)).toBe(true);
  });

  it('is not any more once the others are as large', () => {
    const usual = after([...times(64, 1), ...times(32, 1000)]);
    expect(usual.isFar(1000)).toBe(false);
  });

  it('of zeros does not make the others look large', () => {
    expect(after([...times(16, 1), ...times(200, 0)]).isFar(2)).toBe(false);
  });
});
