/** Starting from another run and freezing layers, through the whole system. */
import { cp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { RunConfig } from '@gantry/shared';
import { checkpointOf, differences, patience, summaryOf, useSystem } from './support/gantry.ts';

const system = useSystem();
const small = ['--preset', 'digits-small', '--iterations', '3', '--set', 'evaluation.every=1000'];
const frozen = ['discriminator/conv0', 'generator/dense'];

it(
  'a run that starts from another keeps frozen layers to the bit and sends nothing of them',
  { timeout: patience },
  async () => {
    const first = await system.train('first', small);
    const source = join(system.folder, 'source');
    await cp(first, source, { recursive: true });
    const options = ['--seed', '7', '--from', source, ...frozen.flatMap((layer) => ['--freeze', layer])];
    const one = await system.train('one', [...small, ...options]);

    const [before, after] = await Promise.all([checkpointOf(source), checkpointOf(one)]);
    const still = ['discriminator/conv0/kernel', 'discriminator/conv0/bias', 'generator/dense/kernel'];
    for (const name of still) {
      expect(after.tensors.get(name)?.data, name).toEqual(before.tensors.get(name)?.data);
    }
    expect(after.tensors.get('ema/generator/dense/kernel')?.data).toEqual(
      before.tensors.get('generator/dense/kernel')?.data,
    );
    const moving = [...after.tensors.keys()].filter(
      (name) =>
        /^(discriminator|generator)\/.*\/(kernel|gamma|runningMean)$/.test(name) && !still.includes(name),
    );
    expect(moving.length).toBeGreaterThan(8);
    for (const name of moving) {
      expect(after.tensors.get(name)?.data, name).not.toEqual(before.tensors.get(name)?.data);
    }

    // In each step the gradient goes up, from one worker as the sum of 4 blocks, and what moved comes down once.
    const bytesOf = (name: string): number => 4 * (before.tensors.get(name)?.data.length ?? NaN);
    const saved = still.reduce((sum, name) => sum + bytesOf(name), 0);
    const [all, less] = [(await summaryOf(first)).bytes, (await summaryOf(one)).bytes];
    expect(all.up - less.up).toBe(3 * saved);
    expect(all.down - less.down).toBe(3 * saved);

    // Its config.json repeats it, with two workers to the same bits.
    const config = JSON.parse(await readFile(join(one, 'config.json'), 'utf8')) as RunConfig;
    expect(config).toMatchObject({ freeze: frozen, from: { path: source } });
    expect(config.from?.fingerprint).toMatch(/^[0-9a-f]{16}$/);
    const two = await system.train('two', ['--config', join(one, 'config.json'), '--workers', '2']);
    expect(await differences(one, two)).toEqual([]);

    // A run that goes on has taken what it wanted.
    await rm(source, { recursive: true });
    await system.train('one', ['--resume']);
  },
);
