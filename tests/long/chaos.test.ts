/** The full form of `tests/chaos.test.ts`: twelve workers, 300 steps, 54 faults, in every way to exchange and to encode. */
import { describe, expect, it } from 'vitest';
import type { Storm } from '../support/chaos.ts';
import { useSystem } from '../support/gantry.ts';
import { distance, endOf, expectedFrom, type End } from '../support/spread.ts';
import { crowdedDigits, expectTheSame, expectWeathered, figuresOf, stormyRun } from '../support/storms.ts';
import { tell } from '../support/tell.ts';

const system = useSystem();
const storm: Storm = { seed: 12, places: 12, steps: 300, every: 5 };

const both = (codec: string): string[] => [`codec.up=${codec}`, `codec.down=${codec}`];
const statistics = (kind: string): string => `batchNorm.statistics=${kind}`;
const variants: readonly (readonly [string, readonly string[]])[] = [
  ...['microbatch', 'global'].flatMap((kind) =>
    ['float32', 'float16', 'int8'].map(
      (codec) => [`${kind} ${codec}`, [statistics(kind), ...both(codec)]] as const,
    ),
  ),
  [
    'local',
    ['strategy=local', 'strategy.iterations=2', 'strategy.slots=12', 'batch.global=8', 'batch.microbatch=4'],
  ],
];

describe('a run in bad weather', () => {
  it.each(variants)('has the parameters of one in good: %s', async (name, settings) => {
    const options = [...crowdedDigits, ...settings.flatMap((setting) => ['--set', setting])];
    const key = name.replace(' ', '-');
    const survived = await stormyRun(system, key, options, storm);
    tell(name, figuresOf(survived));
    expectWeathered(storm, survived);
    await expectTheSame(storm, survived);
    expect(survived.injected).toHaveLength(54);
  });
});

describe('with topk, where an update depends on what its worker sent before', () => {
  it('a run in bad weather ends where runs in good weather end', async () => {
    const options = [...crowdedDigits, ...both('topk').flatMap((setting) => ['--set', setting])];
    const calm: End[] = [];
    for (const workers of [1, 2, 3, 4, 6, 8]) {
      const crowd = ['--workers', String(workers), '--wait-for', String(workers)];
      const iterations = ['--iterations', String(storm.steps / 2)];
      // oxlint-disable-next-line no-await-in-loop -- crowds do not share the machine
      calm.push(await endOf(await system.train(`topk-${workers}`, [...crowd, ...iterations, ...options])));
    }
    const survived = await stormyRun(system, 'topk-stormy', options, storm);
    tell('topk', figuresOf(survived));
    expectWeathered(storm, survived);
    const stormy = await endOf(survived.directory);
    // The losses are such as those of good weather let expect, and no run of good weather is farther off than two such can be.
    for (const loss of ['discriminator', 'generator'] as const) {
      const calms = calm.map((one) => one[loss]);
      tell(`topk ${loss} loss`, { calm: calms, stormy: stormy[loss] });
      const [least, most] = expectedFrom(calms);
      expect(stormy[loss], loss).toBeGreaterThan(least);
      expect(stormy[loss], loss).toBeLessThan(most);
    }
    const spread = Math.max(...calm.flatMap((one) => calm.map((other) => distance(one, other))));
    const off = calm.map((one) => distance(stormy, one));
    tell('topk parameters', { spread, off });
    expect(Math.max(...off)).toBeLessThanOrEqual(spread);
  });
});
