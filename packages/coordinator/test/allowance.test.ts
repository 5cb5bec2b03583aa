import { describe, expect, it } from 'vitest';
import { Allowance } from '../src/server/allowance.ts';

const rate = { burst: 100, perSecond: 20 };
const { burst, perSecond } = rate;
const taken = (allowance: Allowance, now: number, most = 10 * burst): number => {
  for (let count = 0; count < most; count++) {
    try {
      allowance.take(now);
    } catch {
      return count;
    }
  }
  return most;
};

describe('what a peer may send unasked', () => {
  it('is a burst, and so much a second after it', () => {
    const allowance = new Allowance('messages', rate, 1000);
    expect(taken(allowance, 1000)).toBe(burst);
    expect(taken(allowance, 1000 + 500 / perSecond)).toBe(0);
    expect(taken(allowance, 2000)).toBe(perSecond);
    expect(taken(allowance, 1e9)).toBe(burst);
  });

  it('has no end for who is asked each time', () => {
    const allowance = new Allowance('frames', rate, 0);
    for (let i = 0; i < 100_000; i++) {
      allowance.ask();
      allowance.take(0);
    }
    expect(taken(allowance, 0)).toBeGreaterThan(0);
  });

  it('does not grow by what is asked and not answered', () => {
    const allowance = new Allowance('messages', rate, 0);
    for (let i = 0; i < 10 * burst; i++) allowance.ask();
    expect(taken(allowance, 0)).toBe(burst);
  });

  it('is refused with the cap that was hit', () => {
    const allowance = new Allowance('frames', rate, 0);
    taken(allowance, 0);
    expect(() => allowance.take(0)).toThrow('frames: 100 at once and 20 a second');
  });
});
