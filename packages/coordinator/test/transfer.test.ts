/** Starting from another run: what matches, what is copied, and what is refused. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { planModel, presetConfig, startPosition, type RunConfig, type Tensor } from '@gantry/shared';
import { describe, expect, it } from 'vitest';
import { describeTransfer, openConfiguredSource } from '../src/cli/source.ts';
import { freshStart } from '../src/core/transition.ts';
import { writeCheckpoint, type CheckpointRecord } from '../src/run/checkpoint.ts';
import { openSource } from '../src/run/source.ts';
import { Trainer } from '../src/training/trainer.ts';
import { planTransfer, shapesOf } from '../src/training/transfer.ts';
import { temporaryFolder } from './temporary-data.ts';

const digits = presetConfig('digits-small');

const shapes = (entries: Readonly<Record<string, readonly number[]>>) =>
  new Map(Object.entries(entries).map(([name, shape]) => [name, { shape }]));

describe('matching', () => {
  it('goes by name and shape; what is of another shape or not there is made new, what has no place is left', () => {
    const ours = shapes({ 'd/a': [4, 4, 1, 8], 'd/b': [8], 'd/c': [2, 3], 'd/e': [6] });
    const theirs = shapes({
      'd/a': [4, 4, 1, 8],
      'd/b': [9],
      'd/c': [3, 2],
      'd/f': [1],
      'optimizer/m/d/a': [8],
    });
    expect(planTransfer(ours, theirs)).toEqual({
      loaded: ['d/a'],
      made: [
        { name: 'd/b', ours: [8], theirs: [9] },
        { name: 'd/c', ours: [2, 3], theirs: [3, 2] },
        { name: 'd/e', ours: [6], theirs: null },
      ],
      left: ['d/f'],
    });
  });

  it('knows every tensor of a checkpoint but the optimizers', () => {
    const trainer = new Trainer(digits, planModel(digits));
    const plan = planTransfer(shapesOf(trainer.model), trainer.tensors());
    expect(plan).toMatchObject({ made: [], left: [] });
    expect(plan.loaded.length).toBe(
      [...trainer.tensors().keys()].filter((name) => !name.startsWith('opt')).length,
    );
    expect(plan.loaded.length).toBeGreaterThan(20);
  });
});

/** The tensors of a run whose every number is told apart from those of a new one. */
function trained(config: RunConfig): Map<string, Tensor> {
  const tensors = new Trainer(config, planModel(config)).tensors();
  let at = 0;
  return new Map(
    [...tensors].map(([name, { shape, data }]) => [
      name,
      { shape, data: Float32Array.from(data, () => 100 + Math.fround(Math.sin(at++))) },
    ]),
  );
}

describe('a run that starts from another', () => {
  const source = trained(digits);

  it('has its parameters, running statistics and moving average, and an optimizer of its own', () => {
    const trainer = new Trainer({ ...digits, seed: 9 }, planModel(digits));
    trainer.adopt(source);
    const fresh = new Trainer(digits, planModel(digits)).tensors();
    for (const [name, { data }] of trainer.tensors()) {
      const expected = name.startsWith('optimizer/') ? fresh.get(name) : source.get(name);
      expect(data, name).toEqual(expected?.data);
    }
  });

  it('begins what does not match as any new run does', () => {
    const wider: RunConfig = { ...digits, model: { ...digits.model, latent: 17 } };
    const trainer = new Trainer(wider, planModel(wider));
    const fresh = trainer.tensors();
    trainer.adopt(source);
    const now = trainer.tensors();
    expect(now.get('generator/dense/kernel')).toEqual(fresh.get('generator/dense/kernel'));
    expect(now.get('ema/generator/dense/kernel')).toEqual(fresh.get('generator/dense/kernel'));
    expect(now.get('generator/bn0/runningMean')?.data).toEqual(source.get('generator/bn0/runningMean')?.data);
  });

  it('finds frozen layers by name, wherever they lie; their moving average is what they are', () => {
    const config: RunConfig = { ...digits, freeze: ['generator/dense', 'discriminator/conv0'] };
    const trainer = new Trainer(config, planModel(config));
    trainer.adopt(source);
    const now = trainer.tensors();
    for (const name of ['generator/dense/kernel', 'generator/bn0/gamma', 'discriminator/conv0/kernel']) {
      expect(now.get(name)?.data, name).toEqual(source.get(name)?.data);
    }
    expect(now.get('ema/generator/dense/kernel')?.data).toEqual(source.get('generator/dense/kernel')?.data);
    expect(now.get('ema/generator/bn0/gamma')?.data).toEqual(source.get('ema/generator/bn0/gamma')?.data);
  });

  it('without a moving average in the source begins one with the parameters', () => {
    const trainer = new Trainer(digits, planModel(digits));
    trainer.adopt(new Map([...source].filter(([name]) => !name.startsWith('ema/'))));
    expect(trainer.ema).toEqual(trainer.replica.generator.parameters);
    expect(trainer.ema[0]).toBeGreaterThan(90);
  });
});

const record: CheckpointRecord = {
  format: 1,
  version: 14,
  position: { ...startPosition, iteration: 7 },
  optimizerSteps: { discriminator: 7, generator: 7 },
  counters: freshStart.counters,
  seconds: 1,
  bytes: { up: 0, down: 0 },
  losses: { discriminator: null, generator: null },
  workers: [],
};

/** A run directory with a checkpoint at each of the versions. */
async function runWith(versions: readonly number[], tensors = trained(digits)): Promise<string> {
  const path = await temporaryFolder({ 'config.json': Buffer.from('{}') });
  await mkdir(join(path, 'checkpoints'));
  for (const version of versions) {
    // oxlint-disable-next-line no-await-in-loop -- each removes the ones beyond those to keep
    await writeCheckpoint(join(path, 'checkpoints'), { ...record, version }, tensors);
  }
  return path;
}

describe('a source', () => {
  it('is the latest checkpoint of a run, or a checkpoint, with a fingerprint of its numbers', async () => {
    const run = await runWith([3, 14]);
    const latest = await openSource(run);
    expect(latest.checkpoint.record.version).toBe(14);
    const earlier = await openSource(join(run, 'checkpoints', '000000003.safetensors'));
    expect(earlier.checkpoint.record.version).toBe(3);
    expect(earlier.fingerprint).toBe(latest.fingerprint);
    const other = trained(digits);
    (other.get('generator/dense/kernel') as Tensor).data[5] += 1;
    expect((await openSource(await runWith([3], other))).fingerprint).not.toBe(latest.fingerprint);
  });

  it.each([
    ['is not there', () => Promise.resolve('/nowhere/at-all'), /at-all: there is no such file.*runs\/NAME/],
    ['holds no run', () => temporaryFolder(), /no run is in it.*runs\/NAME/],
    ['has no checkpoint yet', () => runWith([]), /has no checkpoint yet.*--resume --run/],
    ['is another file', async () => join(await runWith([]), 'config.json'), /config\.json.*safetensors file/],
  ])('that %s is refused with what to do', async (_, path, message) => {
    await expect(openSource(await path())).rejects.toThrow(message);
    await expect(openSource(await path())).rejects.toMatchObject({ code: 'SOURCE_INVALID' });
  });

  it('that is damaged is refused, naming the one before; nothing of that run is touched', async () => {
    const run = await runWith([3, 14]);
    const checkpoints = join(run, 'checkpoints');
    await writeFile(join(checkpoints, '000000014.safetensors'), 'torn');
    const before = await readdir(checkpoints);
    await expect(openSource(run)).rejects.toThrow(/000000014.*--from .*000000003\.safetensors/);
    expect(await readdir(checkpoints)).toEqual(before);
  });

  it('goes into the configuration with its fingerprint, and is refused once it has changed', async () => {
    const path = await runWith([14]);
    const opened = await openConfiguredSource({ from: { path } });
    expect(opened?.from).toEqual({ path, fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) as string });
    expect((await openConfiguredSource({ from: opened?.from ?? null }))?.from).toEqual(opened?.from);
    const changed = openConfiguredSource({ from: { path, fingerprint: '0123456789abcdef' } });
    await expect(changed).rejects.toThrow(new RegExp(`${opened?.from.fingerprint}.*0123456789abcdef`));
    expect(await openConfiguredSource({ from: null })).toBeNull();
  });

  it('is told of tensor by tensor: loaded, made new with both shapes, left over', async () => {
    const source = await openConfiguredSource({ from: { path: await runWith([14]) } });
    if (source === null) throw new TypeError('no source');
    const other: RunConfig = {
      ...digits,
      model: { ...digits.model, latent: 17, discriminatorBatchNorm: false } as typeof digits.model,
      freeze: ['generator/dense'],
    };
    const lines = describeTransfer(source, planModel(other));
    expect(lines[0]).toMatch(/after 7 iterations\): \d+ of \d+ tensors loaded, 3 made new, 4 left over/);
    expect(lines).toContain('  made new: generator/dense/kernel [17, 784], which has shape [16, 784] there');
    expect(lines).toContain('  made new: discriminator/conv1/bias [16], which is not there');
    expect(lines).toContain('  left over: discriminator/bn1/runningMean [16]');
    expect(lines.at(-1)).toMatch(/^Note: generator\/dense\/kernel is frozen and made new/);
    const ring = presetConfig('ring');
    expect(() => describeTransfer(source, planModel(ring))).toThrow(
      /none of its tensors matches.*dense0\/kernel is not there/,
    );
  });
});
