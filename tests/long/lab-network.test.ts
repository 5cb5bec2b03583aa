/**
 * The lab beside reality (docs/lab-faithfulness.md): four workers and a coordinator, each a process in a network namespace
 * with the kernel's TCP, over links of given quality; and the same class simulated. Computing is sleep in both.
 */
import { describe, expect, it } from 'vitest';
import { timeReal, timeSimulated, type Setting } from '../support/network/class.ts';
import { canMakeNetworks } from '../support/network/network.ts';

const lan = { up: 100, down: 100, latency: 2, jitter: 0 };
const slow = { up: 5, down: 20, latency: 10, jitter: 2 };
const lossy = { ...lan, loss: 0.005 };
/** Megabits a second of an access point that all share. */
const air = 50;

/** 34,000 and 271,000 parameters: 68 KB for either network, 146 KB for digits' discriminator and 937 KB for its generator. */
const ring = {
  preset: 'ring',
  set: { 'batch.global': 128, 'batch.microbatch': 16, 'batch.block': 1 },
} as const;
const digits = { preset: 'digits', set: { 'batch.global': 64, 'batch.microbatch': 16 } } as const;
const coded = { 'codec.up': 'int8', 'codec.down': 'int8' };
const int8 = <T extends Pick<Setting, 'preset' | 'set'>>(of: T) => ({ ...of, set: { ...of.set, ...coded } });
const local = <T extends Pick<Setting, 'preset' | 'set'>>(of: T) => ({
  ...of,
  set: { ...of.set, strategy: 'local', 'strategy.iterations': 2, 'strategy.slots': 4 },
});
const four = [40, 40, 40, 40];
const short = [20, 20, 20, 20];
const unequal = [20, 20, 40, 80];
const many = { 'batch.global': 256 };

const settings: readonly (readonly [name: string, setting: Setting])[] = [
  ['LAN, ring', { ...ring, link: lan, paces: four, steps: 60 }],
  ['LAN, digits', { ...digits, link: lan, paces: four, steps: 40 }],
  ['LAN, digits in 8 bits', { ...int8(digits), link: lan, paces: four, steps: 40 }],
  ['slow uplinks, ring', { ...ring, link: slow, paces: four, steps: 40 }],
  ['slow uplinks, digits', { ...digits, link: slow, paces: four, steps: 15 }],
  ['slow uplinks, digits in 8 bits', { ...int8(digits), link: slow, paces: four, steps: 30 }],
  ['slow uplinks, ring, local', { ...local(ring), link: slow, paces: short, steps: 20 }],
  ['one access point, ring', { ...ring, link: lan, medium: air, paces: four, steps: 40 }],
  ['one access point, digits', { ...digits, link: lan, medium: air, paces: four, steps: 25 }],
  ['one access point, digits in 8 bits', { ...int8(digits), link: lan, medium: air, paces: four, steps: 40 }],
  [
    'one access point, digits in 8 bits, local',
    { ...local(int8(digits)), link: lan, medium: air, paces: short, steps: 15 },
  ],
  ['loss, ring', { ...ring, link: lossy, paces: four, steps: 40 }],
  ['loss, digits', { ...digits, link: lossy, paces: four, steps: 40 }],
  [
    'unequal machines, ring',
    { ...ring, set: { ...ring.set, ...many }, link: lan, paces: unequal, steps: 40 },
  ],
  [
    'unequal machines, digits in 8 bits',
    { ...digits, set: { ...digits.set, ...coded, ...many }, link: lan, paces: unequal, steps: 30 },
  ],
];

const percent = (share: number): string => `${share > 0 ? '+' : ''}${Math.round(100 * share)} %`;

describe.runIf(canMakeNetworks())('the median iteration, or round, of a simulated class', () => {
  it.each(settings)(
    'takes what it takes over real links, within 15 %%: %s',
    async (name, setting) => {
      const simulated = await timeSimulated(setting);
      const real = await timeReal(setting);
      const off = (of: 'median' | 'p95'): number => simulated[of] / real[of] - 1;
      // A row of the table in docs/lab-faithfulness.md.
      const row = (['median', 'p95'] as const).flatMap((of) => [
        real[of].toFixed(0),
        simulated[of].toFixed(0),
        percent(off(of)),
      ]);
      process.stdout.write(`| ${[name, ...row].join(' | ')} |\n`);
      expect(Math.abs(off('median'))).toBeLessThan(0.15);
    },
    300_000,
  );
});
