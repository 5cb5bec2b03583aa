import { describe, expect, it } from 'vitest';
import { speedUp } from '../src/run/speed-up.ts';

const worker = { connected: true, stage: 'ready', quarantined: null, microbatches: 10, pace: 20 } as const;

describe('the speed-up', () => {
  it('is over the fastest worker alone', () => {
    // At 20 ms a microbatch of 8 examples, the faster one alone would do 400 examples a second.
    expect(speedUp(600, 8, [worker, { ...worker, pace: 40 }])).toBe(1.5);
    expect(speedUp(100, 8, [worker])).toBe(0.25);
  });

  it('does not count who is gone, put aside, or untried', () => {
    const others = [
      { ...worker, connected: false, pace: 1 },
      { ...worker, stage: 'testing', pace: 1 },
      { ...worker, quarantined: 'wrong numbers', pace: 1 },
      { ...worker, microbatches: 0, pace: 1 },
    ] as const;
    expect(speedUp(600, 8, [worker, ...others])).toBe(1.5);
  });

  it('is unknown before steps were timed, and while nobody is there', () => {
    expect(speedUp(0, 8, [worker])).toBeNull();
    expect(speedUp(600, 8, [])).toBeNull();
    expect(speedUp(600, 8, [{ ...worker, connected: false }])).toBeNull();
  });
});
