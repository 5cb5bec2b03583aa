/** The full form of the fuzzer. Prints its figures: they are in docs/reliability.md. */
import { describe, expect, it } from 'vitest';
import { useSystem } from '../support/gantry.ts';
import { expectUnmoved, figuresOf, ring } from '../support/fuzz/expect.ts';
import { besiege } from '../support/fuzz/siege.ts';

const system = useSystem();

describe('a coordinator that is fuzzed for long', () => {
  it('trains on to the same bits, and keeps nothing of what was thrown', async () => {
    const thrown = { frames: 200_000, messages: 20_000 };
    const iterations = 600;
    const found = await besiege(system, { ...ring, ...thrown, peers: 40, seed: 2, iterations, slices: 40 });
    process.stdout.write(`${figuresOf(found)}\n`);
    expectUnmoved(found, thrown);
    expect(found.iterations).toBeLessThan(iterations);
  });
});
