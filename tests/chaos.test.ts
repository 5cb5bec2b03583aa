/** Workers that are killed, freeze, are cut off, slow down and reload: the run's result does not feel it. */
import { describe, expect, it } from 'vitest';
import { faultKinds, faultSchedule, type Storm } from './support/chaos.ts';
import { patience, useSystem } from './support/gantry.ts';
import { crowdedDigits, expectTheSame, expectWeathered, stormyRun } from './support/storms.ts';

const system = useSystem();

describe('a schedule of faults', () => {
  const storm: Storm = { seed: 1, places: 12, steps: 300, every: 5 };

  it('is a pure function of its seed, and has every kind as often', () => {
    const schedule = faultSchedule(storm);
    expect(schedule).toEqual(faultSchedule({ ...storm }));
    expect(schedule).not.toEqual(faultSchedule({ ...storm, seed: 2 }));
    expect(schedule).toHaveLength(54);
    for (const kind of faultKinds) expect(schedule.filter((fault) => fault.kind === kind)).toHaveLength(9);
    for (const { place, lasts } of schedule) {
      expect(place).toBeLessThan(12);
      expect(lasts).toBeGreaterThanOrEqual(500);
      expect(lasts).toBeLessThanOrEqual(4000);
    }
  });
});

describe.concurrent('a run in bad weather', { timeout: 2 * patience }, () => {
  it.each([
    ['each microbatch by its own statistics, 32 bits a number', 'microbatch', []],
    [
      'statistics exchanged in mid-pass, 8 bits a number',
      'global',
      ['batchNorm.statistics=global', 'codec.up=int8', 'codec.down=int8'],
    ],
  ] as const)('has the parameters of one in good: %s', async (_, name, settings) => {
    // What has consequences comes early: mute, reload, freeze, reset; who is killed or slow at the end is so at once.
    const storm: Storm = { seed: 178, places: 3, steps: 48, every: 7 };
    const options = [...crowdedDigits, ...settings.flatMap((setting) => ['--set', setting])];
    const survived = await stormyRun(system, name, options, storm);
    expectWeathered(storm, survived);
    await expectTheSame(storm, survived);
  });
});
