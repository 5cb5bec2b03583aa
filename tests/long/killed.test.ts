/** The long form of `tests/resume.test.ts`: the coordinator killed at many instants. */
import { expect, it } from 'vitest';
import { uniforms } from '../../packages/shared/test/support/numbers.ts';
import { contributions, differences, useSystem } from '../support/gantry.ts';
import { leftovers, trainKilled } from '../support/killing.ts';

const system = useSystem();
const kills = 60;
const options = ['--preset', 'digits-small', '--iterations', '400'];

it(`a coordinator that is killed ${kills} times loses nothing before its last checkpoint`, async () => {
  const undisturbed = await system.train('undisturbed', ['--workers', '1', ...options]);
  for (const [worker, every, seed] of [
    ['local', 1, 1],
    ['own', 2, 2],
  ] as const) {
    const random = uniforms(seed);
    // oxlint-disable-next-line no-await-in-loop -- the processor is theirs
    const killed = await trainKilled(system, worker, {
      kills: Array.from({ length: kills }, () => 1 + Math.floor(10 * random())),
      random,
      options: [...options, '--set', `checkpoint.every=${every}`],
      worker,
    });
    const { directory, lost, damaged } = killed;
    const steps = lost.map((each) => each.steps);
    process.stdout.write(
      `${worker}: ${JSON.stringify(killed.kills)}, ${steps.reduce((sum, each) => sum + each, 0)} steps computed again, ${Math.max(...steps)} at most\n`,
    );
    expect(killed.kills.training + killed.kills.starting).toBe(kills);
    expect(lost.filter(({ beyondCheckpoint }) => beyondCheckpoint > 0)).toEqual([]);
    expect(damaged).toEqual([]);
    // oxlint-disable-next-line no-await-in-loop
    expect(await leftovers(directory)).toEqual([]);
    // oxlint-disable-next-line no-await-in-loop
    expect(await differences(directory, undisturbed)).toEqual([]);
    if (worker === 'local') continue; // a new one each time
    // oxlint-disable-next-line no-await-in-loop
    const [all] = Object.values(await contributions(undisturbed));
    // oxlint-disable-next-line no-await-in-loop
    expect(await contributions(directory)).toEqual({ own: all });
  }
});
