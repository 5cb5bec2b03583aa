/** The full form of `tests/load.test.ts`: 200 workers join, work and leave: nobody is turned away, and nothing stays. */
import { describe, expect, it } from 'vitest';
import { useSystem } from '../support/gantry.ts';
import { rush } from '../support/rush.ts';
import { tell } from '../support/tell.ts';

const system = useSystem();

describe('200 workers within five seconds', { timeout: 600_000 }, () => {
  it('all get in, all work, and leave nothing behind', async () => {
    const found = await rush(system, 'rush', 200, 5000);
    const { slowest, median, steps, before, after, most } = found;
    tell('load', { slowest, median, steps, before, after, most });
    // No rejection that nobody handles: Node would end with it, and say so.
    expect(found.exit).toMatchObject({ code: 0, stderr: '' });
    expect(found.worked).toBe(200);
    expect(found.steps).toBeGreaterThan(0);
    for (const type of ['refused', 'lease-rejected', 'worker-unable', 'replica-diverged']) {
      expect(found.logged).not.toContain(type);
    }
    // Within the time after which a person would click again.
    expect(found.slowest).toBeLessThan(5000);
    expect(found.after.handles).toBe(found.before.handles);
    // MB: what is left of a worker is its name and what it did.
    expect(found.after.heap - found.before.heap).toBeLessThan(10);
    // And the blocks of the step under way, which lacks some that nobody computes now: 17 MB at the most.
    expect(found.after.external - found.before.external).toBeLessThan(20);
    expect(found.most).toBeLessThan(700);
  });
});
