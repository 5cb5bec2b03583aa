/**
 * The one idea, over real sockets: a microbatch is a pure function, so a run's result depends on its
 * configuration and on nothing else.
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

/** Trains with so many local workers, which begin together. Returns the run directory. */
async function trainWith(workers: number, name: string, options: readonly string[]): Promise<string> {
  const coordinator = await system.start(name, ['--workers', String(workers), ...options]);
  const { directory } = coordinator;
  const gate = await holdBack(coordinator);
  const names = Array.from({ length: workers }, (_, i) => `this machine ${i + 1}`);
  await Promise.all(names.map((each) => workerReady(directory, each)));
  await gate.open();
  await completed(coordinator);
  // Equal results mean nothing where one worker did it all.
  const done = await contributions(directory);
  for (const each of names) expect(done[each], each).toBeGreaterThan(0);
  return directory;
}

const digits = ['--preset', 'digits-small', '--iterations', '20'];
/** Four microbatches a step instead of two, so that three workers have a part of each. */
const ring = ['--preset', 'ring', '--iterations', '20', '--set', 'batch.microbatch=32'];
const local = ['--preset', 'digits-small', '--iterations', '5', '--set', 'batchNorm.statistics=local'];

describe.concurrent('one configuration', { timeout: patience }, () => {
  it.each([
    ['digits, with batch norm in both networks', 'digits', digits, [2, 3]],
    ['the ring, with a gradient penalty', 'ring', ring, [3]],
  ] as const)('trains to the same bits whoever shares the work: %s', async (_, name, options, crowds) => {
    const alone = await trainWith(1, `${name}-1`, options);
    const { parametersChecksum } = await summaryOf(alone);
    for (const workers of crowds) {
      const shared = await trainWith(workers, `${name}-${workers}`, options);
      expect(await differences(alone, shared)).toEqual([]);
      expect((await summaryOf(shared)).parametersChecksum).toBe(parametersChecksum);
    }
  });

  it('trains to something else with another seed', async () => {
    const short = ['--workers', '1', '--preset', 'ring', '--iterations', '2'];
    const [one, two] = await Promise.all(
      ['1', '2'].map((seed) => system.train(`seed-${seed}`, [...short, '--seed', seed])),
    );
    const different = await differences(one, two);
    expect(different).toContain('generator/dense1/kernel');
    expect((await summaryOf(one)).parametersChecksum).not.toBe((await summaryOf(two)).parametersChecksum);
  });

  it('depends on who shares the work where batch norm is the textbook mistake', async () => {
    const alone = await trainWith(1, 'local-1', local);
    const shared = await trainWith(2, 'local-2', local);
    expect(await differences(alone, shared)).not.toEqual([]);
    for (const directory of [alone, shared]) {
      const { iterations, losses } = await summaryOf(directory);
      expect(iterations).toBe(5);
      expect(losses.discriminator).toBeGreaterThan(0);
      expect(losses.generator).toBeGreaterThan(0);
    }
  });
});
