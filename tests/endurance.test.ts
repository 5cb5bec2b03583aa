/** A run with workers that come and go holds no more as it goes on. */
import { describe, expect, it } from 'vitest';
import { endure, rises } from './support/endurance.ts';
import { patience, useSystem } from './support/gantry.ts';
import { slope } from './support/slope.ts';

const system = useSystem();

describe('a slope', () => {
  it('is that of the line, and of noise little', () => {
    expect(slope([[0, 1], [1, 3], [2, 5]])).toBeCloseTo(2, 12); // prettier-ignore
    expect(slope([[0, 1], [1, 0], [2, 1], [3, 0], [4, 1]])).toBeCloseTo(0, 12); // prettier-ignore
  });
});

describe('1,500 steps with workers that come and go', { timeout: patience }, () => {
  it('leave memory, handles and tensors as they were', async () => {
    const endured = await endure(system, 'short', 1500, 30);
    const rise = rises(endured);
    expect(endured.stderr).toBe('');
    expect(endured.samples.length).toBeGreaterThan(10);
    // MB per 1,000 steps. A step's frames are 0.3 MB: one in sixty that stayed would show.
    expect(rise.heap).toBeLessThan(5);
    expect(rise.external).toBeLessThan(5);
    // Pieces. Each hundred steps bring some thirty visits: a socket or a tensor that stayed of each tenth would show.
    expect(Math.abs(rise.handles)).toBeLessThan(20);
    expect(Math.abs(rise.tensors)).toBeLessThan(20);
  });
});
