/**
 * PyTorch's numbers through the whole system: K workers over real sockets, with leases of unequal size, come to what
 * one machine computes in float64 (tests/golden/generate.py).
 */
import { describe, expect, it } from 'vitest';
import { largestError, phaseNames } from '@gantry/shared';
import {
  goldenConfigs,
  parameterErrors,
  runningErrors,
  stepErrors,
  trajectoryConfig,
  values,
} from './support/golden.ts';
import { openGolden } from './support/golden-files.ts';
import { runGolden } from './support/in-process.ts';

/** Milliseconds; each takes less than one, but machines are busy. */
const patience = 60_000;

/** 24 microbatches of 1, as workers of such speeds share them. */
const single = [[24], [17, 7], [5, 11, 8], [1, 2, 4, 6, 11]] as const;
/** 3 microbatches of 8: the fifth and the fourth worker find nothing left. */
const byEight = [[3], [2, 1], [1, 1, 1], [1, 1, 1, 0, 0]] as const;

const cases = [
  ...single.map((shares) => ['mlp-non-saturating', 1, shares] as const),
  ...byEight.map((shares) => ['dcgan-microbatch8', 8, shares] as const),
  ...single.map((shares) => ['dcgan-global', 1, shares] as const),
  ...single.map((shares) => ['dcgan-least-squares', 1, shares] as const),
  ...single.map((shares) => ['dcgan-hinge', 1, shares] as const),
  ...single.map((shares) => ['dcgan-r1', 1, shares] as const),
  ...single.map((shares) => ['dcgan-wgan-gp', 1, shares] as const),
];

/** Workers that get so many microbatches are so fast; who is to get nothing, much slower. */
const speedsFor = (shares: readonly number[]): number[] => shares.map((share) => (share > 0 ? share : 0.1));

describe('a discriminator step and a generator step through the whole system', () => {
  it.each(cases)(
    "are PyTorch's: %s in microbatches of %d, shared %j",
    { timeout: patience },
    async (name, microbatch, shares) => {
      const golden = openGolden(name, goldenConfigs[name](microbatch));
      const found = await runGolden(golden, speedsFor(shares));
      expect(found.shares).toEqual([shares, shares]);
      expect(found.steps.map(({ phase }) => phase)).toEqual(phaseNames);
      for (const step of found.steps) {
        for (const [what, error] of Object.entries(stepErrors(golden, step))) {
          expect(error, `${step.phase} ${what}`).toBeLessThanOrEqual(1e-5);
        }
      }
    },
  );
});

describe('ten iterations with Adam through the whole system', () => {
  it.each(single.map((shares) => [shares] as const))(
    "end where PyTorch's do, shared %j",
    { timeout: patience },
    async (shares) => {
      const golden = openGolden('dcgan-trajectory', trajectoryConfig(1));
      const found = await runGolden(golden, speedsFor(shares));
      expect(found.shares).toEqual(Array.from({ length: 20 }, () => shares));
      for (const phase of phaseNames) {
        const losses = found.steps.filter((step) => step.phase === phase).map(({ loss }) => loss);
        const expected = values(golden.file, `expected/loss/${phase}`);
        expect(
          largestError([{ name: 'loss', found: losses, expected }]),
          `${phase} loss`,
        ).toBeLessThanOrEqual(1e-5);
        const { running } = found.trainer.replica[phase];
        for (const [what, error] of Object.entries(
          runningErrors(golden.file, golden.model, phase, running),
        )) {
          expect(error, `${phase} ${what}`).toBeLessThanOrEqual(1e-4);
        }
      }
      expect(parameterErrors(golden, found.trainer)).toBeLessThanOrEqual(1e-4);
    },
  );
});
