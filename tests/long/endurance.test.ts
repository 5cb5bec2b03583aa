/** The full form of `tests/endurance.test.ts`: 20,000 steps. */
import { describe, expect, it } from 'vitest';
import { endure, rises } from '../support/endurance.ts';
import { useSystem } from '../support/gantry.ts';
import { tell } from '../support/tell.ts';

const system = useSystem();

describe('20,000 steps with workers that come and go', () => {
  it('leave memory, handles and tensors as they were', async () => {
    const endured = await endure(system, 'long', 20_000, 500);
    const rise = rises(endured);
    const { samples, visits } = endured;
    tell('endurance', { visits, first: samples[0], last: samples.at(-1), rise });
    expect(endured.stderr).toBe('');
    expect(samples.length).toBeGreaterThan(30);
    // MB, or pieces, per 1,000 steps. What is resident holds what was freed, too, and is not as steady.
    expect(rise.heap).toBeLessThan(0.1);
    expect(rise.external).toBeLessThan(0.1);
    expect(rise.resident).toBeLessThan(2);
    expect(rise.worker).toBeLessThan(2);
    expect(Math.abs(rise.handles)).toBeLessThan(0.1);
    expect(Math.abs(rise.tensors)).toBeLessThan(0.1);
  });
});
