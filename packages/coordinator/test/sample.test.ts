/** `gantry sample`, in this process, on runs of which only a first checkpoint is there. */
import { join } from 'node:path';
import { presetConfig, type RunConfig } from '@gantry/shared';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { classNumber, sample, type SampleOptions } from '../src/cli/sample.ts';
import { newRun, Said } from './support/new-run.ts';
import { temporaryFolder } from './temporary-data.ts';

const small = presetConfig('digits-small');
const conditional: RunConfig = {
  ...small,
  model: { ...small.model, conditional: true } as typeof small.model,
};

/** What is drawn and what is said. */
async function drawn(config: RunConfig, options: SampleOptions = {}) {
  const run = await newRun(config, join(await temporaryFolder(), 'mine'));
  const out = join(run, '..', 'out.png');
  const said = new Said();
  expect(await sample(run, { out, ...options }, said)).toBe(0);
  const { data, info } = await sharp(out).raw().toBuffer({ resolveWithObject: true });
  return { said: said.text, out, data, size: [info.width, info.height] };
}

describe('gantry sample', () => {
  it('draws each class in a column of its own', async () => {
    // 10 columns of 56 + 1 pixels, 3 rows.
    expect((await drawn(conditional, { count: '30' })).size).toEqual([571, 172]);
    expect((await drawn(small, { count: '30' })).size).not.toEqual([571, 172]);
  });

  it('draws one class where asked, another than others, and the same again', async () => {
    const seven = await drawn(conditional, { class: '7', count: '4' });
    expect(seven.said).toContain('4 examples of class 7, after 0 iterations, seed 1: ');
    expect(seven.size).toEqual([619, 619]);
    const same = async (options: SampleOptions): Promise<boolean> =>
      (await drawn(conditional, { count: '4', ...options })).data.equals(seven.data);
    expect(await same({ class: '7' })).toBe(true);
    expect(await same({ class: '3' })).toBe(false);
    expect(await same({ class: '7', seed: '2' })).toBe(false);
  });

  it('draws points as a scatter', async () => {
    expect((await drawn(presetConfig('ring'))).size).toEqual([600, 632]);
  });

  it('refuses a directory without a run, a count out of range, and a file that cannot be written', async () => {
    await expect(sample(await temporaryFolder(), {})).rejects.toThrow(/no run in it/);
    await expect(sample('x', { count: '0' })).rejects.toThrow(/--count cannot be "0"/);
    const out = '/nowhere/at/all.png';
    await expect(drawn(small, { out, count: '1' })).rejects.toThrow(/--out cannot be ".*all\.png"/);
  });
});

describe('a class', () => {
  const classNames = ['cat', 'dog', '0'];
  const named: RunConfig = {
    ...conditional,
    data: { source: 'images', path: 'x', height: 28, width: 28, channels: 1, classes: 3, classNames },
  };

  it.each([
    ['dog', 1],
    ['1', 1],
    ['0', 2],
  ])('is known by its name before its number: %s', (given, number) => {
    expect(classNumber(given, named)).toBe(number);
  });

  it.each(['3', '-1', 'Dog', ''])('that is none is refused with a list of all: %j', (given) => {
    expect(() => classNumber(given, named)).toThrow(/Allowed: cat, dog, 0, or a number from 0 to 2\./);
  });

  it('is refused for a generator that is not told', () => {
    expect(() => classNumber('7', small)).toThrow(/digits-conditional/);
  });
});
