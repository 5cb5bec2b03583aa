import { describe, expect, it } from 'vitest';
import { Tries } from '../src/server/tries.ts';

describe('wrong join codes', () => {
  it('use up the tries of their address, and of no other, for a minute', () => {
    const tries = new Tries();
    for (let i = 0; i < 9; i++) tries.wrong('a', i);
    expect(tries.exhausted('a', 10)).toBe(false);
    tries.wrong('a', 10);
    expect([tries.exhausted('a', 11), tries.exhausted('b', 11)]).toEqual([true, false]);
    expect(tries.exhausted('a', 60_001)).toBe(false);
    tries.wrong('a', 60_001);
    expect(tries.exhausted('a', 60_002)).toBe(false);
  });

  it('of many addresses are forgotten, the oldest first', () => {
    const tries = new Tries();
    for (let i = 0; i < 10; i++) tries.wrong('first', 0);
    for (let i = 0; i < 9_999; i++) tries.wrong(String(i), 1);
    expect(tries.exhausted('first', 2)).toBe(true);
    tries.wrong('last', 2);
    expect(tries.exhausted('first', 2)).toBe(false);
  });
});
