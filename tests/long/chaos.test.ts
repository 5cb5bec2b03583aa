/** The full form of `tests/chaos.test.ts`: twelve workers, 300 steps, 54 faults, in every way to exchange and to encode. */
import { describe, expect, it } from 'vitest';
import type { Storm } from '../support/chaos.ts';
import { useSystem } from '../support/gantry.ts';
import {
  calmRun,
  crowdedDigits,
  expectTheSame,
  expectWeathered,
  figuresOf,
  stormyRun,
} from '../support/storms.ts';
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
    const undisturbed = await calmRun(system, `${key}-calm`, options, storm);
    const survived = await stormyRun(system, key, options, storm);
    tell(name, figuresOf(survived));
    expectWeathered(storm, survived);
    await expectTheSame(storm, survived, undisturbed);
    expect(survived.injected).toHaveLength(54);
  });
});
