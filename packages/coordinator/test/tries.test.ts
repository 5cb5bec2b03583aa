import { describe, expect, it } from 'vitest';
import { limits } from '@gantry/shared';
import { Tries } from '../src/server/tries.ts';

const { most } = limits.tries;

describe('wrong join codes', () => {
  it('use up the tries of their address, and of no other, for a minute', () => {
    const tries = new Tries();
    for (let i = 0; i < most - 1; i++) tries.wrong('a', i);
    expect(tries.exhausted('a', 100)).toBe(false);
    tries.wrong('a', 100);
    expect([tries.exhausted('a', 101), tries.exhausted('b', 101)]).toEqual([true, false]);
    expect(tries.exhausted('a', 60_001)).toBe(false);
    tries.wrong('a', 60_001);
    expect(tries.exhausted('a', 60_002)).toBe(false);
  });

  it('of a class behind one address do not keep it out: ten tabs that hold an old code, twice each', () => {
    const tries = new Tries();
    for (let i = 0; i < 20; i++) tries.wrong('a', i);
    expect(tries.exhausted('a', 21)).toBe(false);
  });

  it('of many addresses are forgotten, the oldest first', () => {
    const tries = new Tries();
    for (let i = 0; i < most; i++) tries.wrong('first', 0);
    for (let i = 0; i < 9_999; i++) tries.wrong(String(i), 1);
    expect(tries.exhausted('first', 2)).toBe(true);
    tries.wrong('last', 2);
    expect(tries.exhausted('first', 2)).toBe(false);
  });
});
