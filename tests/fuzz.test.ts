/** The short form of the fuzzer; tests/long has the full one. */
import { describe, expect, it } from 'vitest';
import { patience, useSystem } from './support/gantry.ts';
import { besiege } from './support/fuzz/siege.ts';
import { expectUnmoved, ring } from './support/fuzz/expect.ts';

const system = useSystem();

describe('a coordinator that is fuzzed', { timeout: patience }, () => {
  it('trains on to the same bits, and keeps nothing of what was thrown', async () => {
    const found = await besiege(system, {
      ...ring,
      seed: 1,
      frames: 2500,
      messages: 500,
      iterations: 120,
      slices: 5,
    });
    expectUnmoved(found, { frames: 2500, messages: 500 });
    expect(found.iterations).toBeLessThan(120);
  });
});
