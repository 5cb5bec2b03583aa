import { describe, expect, it } from 'vitest';
import { presets, type RunConfig } from '@gantry/shared';
import { compare } from '../src/verify/compare.ts';
import type { Observation } from '../src/verify/observe.ts';
import { verifiedConfig } from '../src/verify/subject.ts';
import { formatError, verifyTable, verifyWords } from '../src/verify/table.ts';

const config: RunConfig = { ...presets['digits-small'] };

type Shares = Observation['shares'];
const even: Shares = { discriminator: [2, 1, 1], generator: [1, 1, 2] };

/** Two groups of gradients; `change` is added to one number. */
const observation = (change = 0, shares = even): Observation => ({
  shares,
  groups: new Map([
    ['discriminator gradients', new Map([['conv0/kernel', Float64Array.of(3 + change, 4)]])],
    [
      'generator gradients',
      new Map([
        ['dense/kernel', Float64Array.of(1)],
        ['bn0/gamma', Float64Array.of(0)],
      ]),
    ],
  ]),
});

const report = (together: Observation, workers = 3, subject = config) =>
  compare(subject, observation(), together, workers, 1e-5);

describe('comparing K workers with one', () => {
  it('finds nothing between equals', () => {
    const found = report(observation());
    expect(found).toMatchObject({ maxRelativeError: 0, withinTolerance: true, sharing: 3, shared: true });
    expect(found.groups['generator gradients']).toMatchObject({ tensors: 2, maxRelativeError: 0 });
    expect(verifyWords(found)).toContain('The same: 3 workers compute what one computes, to the bit.');
  });

  it.each([
    [4e-5, true],
    [6e-5, false],
  ])('measures by the tensor of one worker: a difference of %d at a norm of 5', (change, within) => {
    const found = report(observation(change));
    expect(found.maxRelativeError).toBeCloseTo(change / 5, 12);
    expect(found.withinTolerance).toBe(within);
    expect(found.groups['discriminator gradients']).toMatchObject({
      worst: 'conv0/kernel',
      withinTolerance: within,
    });
    expect(verifyTable(found).split('\n')[1]).toMatch(within ? / ok$/ : / NOT OK$/);
    expect(verifyWords(found)).toContain(within ? '\nThe same:' : '\nNOT the same:');
  });

  it('finds a group or a tensor that only one worker came to', () => {
    const lacking = { ...observation(), groups: new Map([...observation().groups].slice(1)) };
    expect(report(lacking)).toMatchObject({ maxRelativeError: Infinity, withinTolerance: false });
  });

  it('says who computed what, and which workers had nothing to do', () => {
    const idle = report(observation(0, { discriminator: [3, 1, 0], generator: [2, 1, 1] }));
    expect(idle.shared).toBe(false);
    expect(verifyWords(idle)).toContain('Microbatches of the discriminator step by worker: 3 + 1 + 0');
    expect(verifyWords(idle)).toContain('nothing to do');
    expect(verifyWords(report(observation()))).not.toContain('nothing to do');
  });

  it('says how many workers can share a step that has fewer blocks', () => {
    const found = report(observation(0, { discriminator: [1, 1, 0], generator: [1, 1, 0] }), 3, presets.ring);
    expect(found).toMatchObject({ sharing: 2, shared: true });
    expect(verifyWords(found)).toContain('Only 2 of 3 workers can share a step: it has 2 blocks.');
  });

  it('calls the textbook mistake by its name', () => {
    const local = { ...config, batchNorm: { ...config.batchNorm, statistics: 'local' as const } };
    const words = verifyWords(report(observation(1), 3, local));
    expect(words).toContain('the textbook mistake');
    expect(words).toContain('Running statistics are not compared');
  });
});

it('writes errors shortly, and equality to the bit as 0', () => {
  expect([0, 3.14159e-7, Infinity].map(formatError)).toEqual(['0', '3.1e-7', 'Infinity']);
});

describe('what is run of a configuration', () => {
  it('is one step of each network, at the parameters it begins with', () => {
    const changed = verifiedConfig({
      ...config,
      schedule: { ...config.schedule, unit: 'epochs', discriminator: 5, generator: 2 },
    });
    expect(changed.schedule).toMatchObject({
      iterations: 1,
      unit: 'steps',
      discriminator: 1,
      generator: 1,
      adaptive: { enabled: false },
    });
    expect(changed.optimizer.discriminator.learningRate).toBe(0);
    expect(changed.optimizer.generator.learningRate).toBe(0);
    // Audits take workers away from steps.
    expect(changed.audit.probability).toBe(0);
    // All that gradients depend on stays.
    const { model, loss, batch, batchNorm, data, seed } = config;
    expect(changed).toMatchObject({ model, loss, batch, batchNorm, data, seed });
  });
});
