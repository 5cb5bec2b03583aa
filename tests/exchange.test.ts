/**
 * Batch norm by the statistics of the global batch, over real sockets: workers stop at each layer and exchange. Whoever
 * shares the work, and whoever is lost in the middle of it, the run ends with the same bits.
 */
import { describe, expect, it } from 'vitest';
import {
  completed,
  contributions,
  differences,
  patience,
  summaryOf,
  useSystem,
  workerReady,
} from './support/gantry.ts';
import { holdBack } from './support/raw-worker.ts';

const system = useSystem();
const options = ['--preset', 'digits-small', '--set', 'batchNorm.statistics=global', '--iterations', '8'];

/** Trains with so many local workers, which begin together. Returns the run directory. */
async function trainWith(workers: number): Promise<string> {
  const coordinator = await system.start(`global-${workers}`, ['--workers', String(workers), ...options]);
  const { directory } = coordinator;
  const gate = await holdBack(coordinator);
  const names = Array.from({ length: workers }, (_, i) => `this machine ${i + 1}`);
  await Promise.all(names.map((each) => workerReady(directory, each)));
  await gate.open();
  await completed(coordinator);
  const done = await contributions(directory);
  for (const each of names) expect(done[each], each).toBeGreaterThan(0);
  return directory;
}

describe('global statistics', { timeout: patience }, () => {
  it('train to the same bits with one, two and three workers', async () => {
    const alone = await trainWith(1);
    for (const workers of [2, 3]) {
      const shared = await trainWith(workers);
      expect(await differences(alone, shared)).toEqual([]);
      expect((await summaryOf(shared)).parametersChecksum).toBe((await summaryOf(alone)).parametersChecksum);
    }
  });
});
