import { mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  checksum64,
  planModel,
  presetConfig,
  startPosition,
  writeSafetensors,
  type GantryError,
  type Tensor,
} from '@gantry/shared';
import { freshStart } from '../src/core/transition.ts';
import {
  latestCheckpoint,
  readCheckpoint,
  removeOlder,
  writeCheckpoint,
  type Checkpoint,
  type CheckpointRecord,
} from '../src/run/checkpoint.ts';
import { defaultRunPath, RunDirectory } from '../src/run/directory.ts';
import type { Disk } from '../src/run/disk.ts';
import { writeWhole } from '../src/run/files.ts';
import { knownWorkers, Registry, type Identity } from '../src/run/registry.ts';
import { Replicas } from '../src/run/replicas.ts';
import { Trainer } from '../src/training/trainer.ts';
import { MemoryDisk } from './support/memory-disk.ts';

const config = presetConfig('digits-small');
const trainer = new Trainer(config, planModel(config));
const recordOf = (version: number): CheckpointRecord => ({
  format: 1,
  version,
  position: startPosition,
  optimizerSteps: trainer.counts(),
  counters: freshStart.counters,
  seconds: 1,
  bytes: { up: 0, down: 0 },
  losses: { discriminator: null, generator: null },
  workers: [],
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('checkpoints', () => {
  const write = async (version: number, keep: number): Promise<void> => {
    await writeCheckpoint(folder, recordOf(version), trainer.tensors());
    await removeOlder(folder, version, keep);
  };

  it('come out as they went in; only the latest are kept, and no temporary file', async () => {
    for (const version of [2, 4, 10]) await write(version, 2);
    expect((await readdir(folder)).toSorted()).toEqual(['000000004.safetensors', '000000010.safetensors']);
    const latest = await latestCheckpoint(folder, () => undefined);
    expect(latest?.record).toEqual(recordOf(10));
    expect(latest?.tensors).toEqual(trainer.tensors());
  });

  it('that are damaged are told of, and the one before is taken', async () => {
    for (const version of [2, 4, 6]) await write(version, 9);
    await truncate(join(folder, '000000006.safetensors'), 5000);
    const middle = join(folder, '000000004.safetensors');
    const bytes = await readFile(middle);
    bytes[bytes.length - 7] ^= 1;
    await writeFile(middle, bytes);
    const told: GantryError[] = [];
    const found = await latestCheckpoint(folder, (error) => told.push(error));
    expect(found?.record.version).toBe(2);
    expect(told.map(({ code }) => code)).toEqual(['CHECKPOINT_INVALID', 'CHECKPOINT_INVALID']);
    expect(told[1].message).toMatch(/000000004\.safetensors cannot be read: .*checksum is wrong/);
  });

  it('that are damaged take no good one\u2019s place', async () => {
    await writeFile(join(folder, '000000100.safetensors'), 'torn');
    await write(60, 1);
    expect((await latestCheckpoint(folder, () => undefined))?.record.version).toBe(60);
    expect((await readdir(folder)).toSorted()).toEqual([
      '000000060.safetensors',
      '000000100.safetensors.damaged',
    ]);
    await write(80, 1);
    expect((await latestCheckpoint(folder, () => undefined))?.record.version).toBe(80);
    expect(await readdir(folder)).not.toContain('000000060.safetensors');
  });

  it('of something else are refused', async () => {
    const path = join(folder, '000000001.safetensors');
    await writeFile(path, 'hello, this is no checkpoint');
    await expect(readCheckpoint(path)).rejects.toThrow(/cannot be read/);
    expect(await latestCheckpoint(join(folder, 'nowhere'), () => undefined)).toBeNull();
  });
});

describe('a checkpoint in which one byte is damaged', () => {
  const tensors = new Map<string, Tensor>([
    ['weights', { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
    ['counts', { shape: [2], data: Float64Array.of(7, 8) }],
  ]);

  it('is refused, or is what it was, wherever the byte is', async () => {
    const disk = new MemoryDisk();
    const path = await writeCheckpoint('/', recordOf(3), tensors, disk);
    const good = await disk.read(path);
    let refused = 0;
    for (let at = 0; at < good.length; at++) {
      for (const bit of [0x01, 0x10, 0x80]) {
        const bad = good.slice();
        bad[at] ^= bit;
        // oxlint-disable-next-line no-await-in-loop -- a byte at a time
        const read = await reading(bad);
        if (read === null) refused += 1;
        else expect(read).toEqual({ path, record: recordOf(3), tensors });
      }
    }
    // Blanks that pad the header, and its reserved words' case, are all that does not matter.
    expect(refused).toBeGreaterThan(3 * good.length - 40);
  });

  it('or which ends too early, is refused', async () => {
    const disk = new MemoryDisk();
    const good = await disk.read(await writeCheckpoint('/', recordOf(3), tensors, disk));
    const ends = Array.from({ length: good.length }, (_, length) => reading(good.subarray(0, length)));
    expect((await Promise.all(ends)).filter((read) => read !== null)).toEqual([]);
  });

  /** null where it is refused, as it has to be: with CHECKPOINT_INVALID. */
  async function reading(content: Uint8Array): Promise<Checkpoint | null> {
    const disk = new MemoryDisk();
    const path = '/000000003.safetensors';
    await writeWhole(path, content, disk);
    return readCheckpoint(path, disk).catch((error: GantryError) => {
      expect(error.code).toBe('CHECKPOINT_INVALID');
      return null;
    });
  }
});

describe('a checkpoint', () => {
  it('of before its counters were in the checksum is read as it was', async () => {
    const tensors = trainer.tensors();
    const sorted = [...tensors.keys()].toSorted();
    const metadata = {
      format: 'gantry-checkpoint',
      record: JSON.stringify(recordOf(5)),
      checksum: checksum64(...sorted.map((name) => tensors.get(name)?.data ?? new Uint8Array())),
    };
    const path = join(folder, '000000005.safetensors');
    await writeFile(path, writeSafetensors(tensors, metadata));
    expect((await readCheckpoint(path)).record).toEqual(recordOf(5));
  });

  const ring = new Trainer(presetConfig('ring'), planModel(presetConfig('ring')));
  const goOn = (told: (error: GantryError) => void): ReturnType<typeof latestCheckpoint> =>
    latestCheckpoint(folder, told, ({ tensors, record }) => trainer.restore(tensors, record.optimizerSteps));

  it('of another model is left as it is, and the one before is taken', async () => {
    await writeCheckpoint(folder, recordOf(2), trainer.tensors());
    await writeCheckpoint(folder, recordOf(8), ring.tensors());
    const told: GantryError[] = [];
    expect((await goOn((error) => told.push(error)))?.record.version).toBe(2);
    expect(told.map(({ code }) => code)).toEqual(['CHECKPOINT_FOREIGN']);
    expect(told[0].message).toMatch(/000000008\.safetensors is of another model: .*is not there\.$/);
    // The checkpoints of this run neither give way to it nor remove it.
    await writeCheckpoint(folder, recordOf(4), trainer.tensors());
    await removeOlder(folder, 4, 2);
    expect((await readdir(folder)).toSorted()).toEqual([
      '000000002.safetensors',
      '000000004.safetensors',
      '000000008.safetensors',
    ]);
  });

  it('that cannot be gone on from is an error where there is no other, and nothing is renamed', async () => {
    await writeCheckpoint(folder, recordOf(2), ring.tensors());
    await writeFile(join(folder, '000000004.safetensors'), 'torn');
    const told: GantryError[] = [];
    const before = await readdir(folder);
    const error: unknown = await goOn((each) => told.push(each)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'CHECKPOINTS_UNUSABLE' });
    const { message } = error as GantryError;
    expect(message).toContain(`No checkpoint in ${folder} can be gone on from. `);
    expect(message).toMatch(
      /000000004\.safetensors cannot be read: .* Restore the config\.json .* with --run\.$/,
    );
    expect(await readdir(folder)).toEqual(before);
    expect(told).toEqual([]);
  });

  it('that may not be read now is not set aside', async () => {
    const disk = new MemoryDisk();
    await writeCheckpoint('/', recordOf(2), trainer.tensors(), disk);
    const denied: Disk = {
      ...methodsOf(disk),
      read: () => Promise.reject(Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' })),
    };
    await expect(latestCheckpoint('/', () => undefined, undefined, denied)).rejects.toThrow(
      /may not be read \(EACCES: permission denied\)\. Make it readable/,
    );
    expect(await disk.names('/')).toEqual(['000000002.safetensors']);
  });
});

const methodsOf = (disk: MemoryDisk): Disk => ({
  open: (path, mode) => disk.open(path, mode),
  read: (path) => disk.read(path),
  names: (path) => disk.names(path),
  makeDirectory: (path) => disk.makeDirectory(path),
  rename: (from, to) => disk.rename(from, to),
  remove: (path) => disk.remove(path),
  syncDirectory: (path) => disk.syncDirectory(path),
  checkWritable: (path) => disk.checkWritable(path),
});

describe('the run directory', () => {
  it('is new, or empty, or refused', async () => {
    await new RunDirectory(join(folder, 'a', 'b')).checkNew();
    await new RunDirectory(folder).checkNew();
    const held = new RunDirectory(join(folder, 'held'));
    await held.create(config);
    await expect(held.checkNew()).rejects.toThrow(/already holds a run; add --resume/);
    expect(await held.readConfig()).toEqual(config);
    await writeFile(join(folder, 'file'), '');
    await expect(new RunDirectory(join(folder, 'file')).checkNew()).rejects.toThrow(/it is a file/);
    await expect(new RunDirectory(folder).checkNew()).rejects.toThrow(/not empty/);
    await expect(new RunDirectory(join(folder, 'none')).readConfig()).rejects.toThrow(
      /there is no run in it \(no config\.json\)/,
    );
  });

  it('lets one coordinator in at a time, and forgets those that are gone', async () => {
    const directory = new RunDirectory(folder);
    await writeFile(join(folder, 'lock'), `${process.ppid}\n`); // runs, and is not this one
    await expect(directory.lock()).rejects.toThrow(new RegExp(`trained by process ${process.ppid}`));
    await writeFile(join(folder, 'lock'), `${process.pid}\n`);
    await (await directory.lock()).release();
    expect(await readdir(folder)).not.toContain('lock');
    await writeFile(join(folder, 'lock'), '2147483646\n'); // no process has this number
    await (await directory.lock()).release();
    await writeFile(join(folder, 'lock'), String(process.ppid)); // torn: the number may go on
    await (await directory.lock()).release();
  });

  it('is begun by one of two that come at once: the other writes nothing', async () => {
    const directory = new RunDirectory(folder);
    await directory.checkNew();
    await writeFile(join(folder, 'lock'), `${process.ppid}\n`); // runs, and is not this one
    await expect(directory.begin(config)).rejects.toThrow(new RegExp(`trained by process ${process.ppid}`));
    expect(await readdir(folder)).not.toContain('config.json');
    // Then it has begun, and is done.
    await rm(join(folder, 'lock'));
    await (await new RunDirectory(folder).begin(presetConfig('grid'))).release();
    await expect(directory.begin(config)).rejects.toThrow(/already holds a run; add --resume/);
    expect(await directory.readConfig()).toEqual(presetConfig('grid'));
    expect(await readdir(folder)).not.toContain('lock');
  });

  it('is left to whoever is only about to write its number into the lock', async () => {
    const disk = new MemoryDisk();
    const directory = new RunDirectory('/mine', disk);
    await directory.create(config);
    const lock = await disk.open('/mine/lock', 'wx');
    const second = directory.lock();
    await new Promise((resolve) => setImmediate(resolve)); // as far as it goes without waiting
    await lock.write(Buffer.from(`${process.ppid}\n`));
    await expect(second).rejects.toThrow(new RegExp(`trained by process ${process.ppid}`));
  });

  it('is as good as empty where a start was cut off before the run began', async () => {
    const directory = new RunDirectory(join(folder, 'begun'));
    await directory.create(config);
    await rename(directory.config, `${directory.config}.2147483646.tmp`);
    await writeFile(join(directory.path, 'lock'), '');
    await directory.checkNew();
    await writeFile(join(directory.checkpoints, '000000002.safetensors'), 'somebody\u2019s');
    await expect(directory.checkNew()).rejects.toThrow(/not empty/);
  });

  it('is rid of what was left half written, and of nothing else', async () => {
    const directory = new RunDirectory(join(folder, 'left'));
    await directory.create(config);
    const gone = 2147483646; // no process has this number
    const left = [
      `${directory.config}.${gone}.tmp`,
      join(directory.checkpoints, `000000002.safetensors.${gone}.tmp`),
      // Processes in containers have the same number each time.
      join(directory.samples, `00000001.png.${process.pid}.tmp`),
    ];
    const theirs = [
      join(directory.samples, `00000002.png.${process.ppid}.tmp`),
      join(directory.checkpoints, '000000002.safetensors.damaged'),
      join(directory.path, 'notes.tmp'),
    ];
    await Promise.all([...left, ...theirs].map((path) => writeFile(path, 'half')));
    await (await directory.lock()).release();
    expect((await readdir(directory.path, { recursive: true })).toSorted()).toEqual(
      [
        'checkpoints',
        'config.json',
        'samples',
        ...theirs.map((path) => relative(directory.path, path)),
      ].toSorted(),
    );
  });

  it('that cannot be written to is refused before anything happens, with what to do about it', async () => {
    const disk = new MemoryDisk();
    const directory = new RunDirectory('/runs/mine', disk);
    await directory.create(config);
    disk.readOnly = true;
    const before = disk.operations;
    await expect(new RunDirectory('/runs/other', disk).checkNew()).rejects.toThrow(
      /\/runs cannot be written to \(EROFS\)\. Make it writable, or name another directory with --run/,
    );
    await expect(directory.lock()).rejects.toThrow(/\/runs\/mine cannot be written to \(EROFS\)/);
    expect(disk.operations).toBe(before);
  });

  it('on a full disk is refused, with what to do about it', async () => {
    const disk = new MemoryDisk();
    disk.capacity = 100;
    await expect(new RunDirectory('/mine', disk).create(config)).rejects.toThrow(
      /\/mine as a run directory: its disk is full \(ENOSPC\)\. Make room/,
    );
  });

  it('remembers who was let in', async () => {
    const directory = new RunDirectory('/mine', new MemoryDisk());
    await directory.create(config);
    expect(await directory.readWorkers()).toEqual([]);
    const heron: Identity = { id: 1, token: 'secret', name: 'Heron', kind: 'tab' };
    const lynx = { ...heron, id: 2, quarantined: 'It computes otherwise', rejections: [4, 9] };
    await directory.writeWorkers([heron, lynx]);
    expect(await directory.readWorkers()).toEqual([heron, lynx]);
    await writeWhole(directory.workers, JSON.stringify([{ ...lynx, rejections: 'some' }]), directory.disk);
    expect(await directory.readWorkers()).toBeNull();
    await writeWhole(directory.workers, '[{"id":1}]', directory.disk);
    expect(await directory.readWorkers()).toBeNull();
  });

  it('knows the sample sheets that are there, up to an iteration', async () => {
    const directory = new RunDirectory('/mine', new MemoryDisk());
    await directory.create(config);
    expect(await directory.readSheets(100)).toEqual([]);
    const names = [
      '00000100.png',
      '00000000.png',
      '00000000.json',
      '00000120.png',
      '00000020.png',
      'mine.png',
    ];
    for (const name of names) await writeWhole(join(directory.samples, name), '', directory.disk);
    expect(await directory.readSheets(100)).toEqual([0, 20, 100]);
    // Of a run that begins anew, none is its own.
    expect(await directory.readSheets(-1)).toEqual([]);
  });

  it('is named after preset and time', () => {
    expect(defaultRunPath('ring', new Date(2026, 0, 2, 3, 4, 5))).toBe(join('runs', 'ring-20260102-030405'));
  });
});

describe('the registry of workers', () => {
  it('knows those of the checkpoint with their history, and those let in since', () => {
    const heron = { id: 1, token: 'h', name: 'Heron', kind: 'tab' } as const;
    const lynx = { id: 2, token: 'l', name: 'Lynx', kind: 'tab' } as const;
    expect(knownWorkers([{ ...heron, microbatches: 7 }], [heron, lynx])).toEqual([
      { ...heron, microbatches: 7, quarantined: null, rejections: [] },
      { ...lynx, microbatches: 0 },
    ]);
  });

  it('knows who is quarantined, or pardoned since, from what was written last', () => {
    const tab = { kind: 'tab', microbatches: 3, quarantined: null, rejections: [] } as const;
    const [bad, pardoned, old] = ['bad', 'pardoned', 'old'].map((name, i) => ({
      ...tab,
      id: i + 1,
      token: name,
      name,
      ...(name === 'bad' ? {} : { quarantined: 'wrong', rejections: [1, 2, 3] }),
    }));
    const known = knownWorkers(
      [bad, pardoned, old],
      [
        { ...bad, quarantined: 'worse', rejections: [5, 8] },
        { ...pardoned, quarantined: null, rejections: [] },
        // A file of before it was written there says nothing of it.
        { id: 3, token: 'old', name: 'old', kind: 'tab' },
        { id: 4, token: 'new', name: 'new', kind: 'tab', quarantined: 'new', rejections: [7] },
      ],
    );
    expect(known.map(({ quarantined, rejections }) => [quarantined, rejections])).toEqual([
      ['worse', [5, 8]],
      [null, []],
      ['wrong', [1, 2, 3]],
      ['new', [7]],
    ]);
    expect(known.map(({ microbatches }) => microbatches)).toEqual([3, 3, 3, 0]);
  });

  it('knows a worker again by its token, also from a checkpoint', () => {
    const registry = new Registry([{ id: 4, token: 'secret', name: 'Heron', kind: 'tab', microbatches: 7 }]);
    expect([registry.knows('secret'), registry.knows('made up')]).toEqual([true, false]);
    expect(registry.identify('secret', undefined, 'tab')).toMatchObject({ id: 4, name: 'Heron' });
    const fresh = registry.identify(undefined, 'Ann', 'tab');
    expect(fresh).toMatchObject({ id: 5, name: 'Ann' });
    expect(registry.identify(fresh.token, 'Anna', 'tab')).toMatchObject({ id: 5, name: 'Anna' });
    expect(registry.identify('made up', undefined, 'headless')).toMatchObject({ id: 6, name: 'headless 6' });
    expect(new Set([...registry.all()].map(({ token }) => token)).size).toBe(3);
  });
});

describe('bringing replicas up to date', () => {
  it('sends what is missing and nothing else, the same bytes to everybody', () => {
    const replicas = new Replicas(trainer, config, 1, 10);
    const sent: Uint8Array[] = [];
    const send = (frame: Uint8Array): void => void sent.push(frame);
    const a = replicas.bring(null, send);
    const b = replicas.bring(null, send);
    expect(sent).toHaveLength(2);
    expect(sent[0]).toBe(sent[1]);
    replicas.advance('discriminator', 11);
    replicas.advance('generator', 12);
    sent.length = 0;
    const a12 = replicas.bring(a, send);
    replicas.bring(a12, send);
    replicas.bring(b, send);
    expect(sent.map((frame) => frame[20])).toEqual([0, 1, 0, 1]);
    expect(sent[0]).toBe(sent[2]);
  });
});
