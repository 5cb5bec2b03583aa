import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planModel, presetConfig, startPosition, type GantryError } from '@gantry/shared';
import { freshStart } from '../src/core/transition.ts';
import {
  latestCheckpoint,
  readCheckpoint,
  writeCheckpoint,
  type CheckpointRecord,
} from '../src/run/checkpoint.ts';
import { defaultRunPath, RunDirectory } from '../src/run/directory.ts';
import { EventLog } from '../src/run/event-log.ts';
import { LossHistory } from '../src/run/history.ts';
import { Registry } from '../src/run/registry.ts';
import { Replicas } from '../src/run/replicas.ts';
import { Trainer } from '../src/training/trainer.ts';

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
  it('come out as they went in; only the latest are kept, and no temporary file', async () => {
    for (const version of [2, 4, 10]) await writeCheckpoint(folder, recordOf(version), trainer.tensors(), 2);
    expect((await readdir(folder)).toSorted()).toEqual(['000000004.safetensors', '000000010.safetensors']);
    const latest = await latestCheckpoint(folder, () => undefined);
    expect(latest?.record).toEqual(recordOf(10));
    expect(latest?.tensors).toEqual(trainer.tensors());
  });

  it('that are damaged are told of, and the one before is taken', async () => {
    for (const version of [2, 4, 6]) await writeCheckpoint(folder, recordOf(version), trainer.tensors(), 9);
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
    expect(await latestCheckpoint(folder, () => undefined)).toBeNull();
    await writeCheckpoint(folder, recordOf(60), trainer.tensors(), 1);
    expect((await readdir(folder)).toSorted()).toEqual([
      '000000060.safetensors',
      '000000100.safetensors.damaged',
    ]);
    await writeCheckpoint(folder, recordOf(40), trainer.tensors(), 1);
    expect((await latestCheckpoint(folder, () => undefined))?.record.version).toBe(40);
  });

  it('of something else are refused', async () => {
    const path = join(folder, '000000001.safetensors');
    await writeFile(path, 'hello, this is no checkpoint');
    await expect(readCheckpoint(path)).rejects.toThrow(/cannot be read/);
    expect(await latestCheckpoint(join(folder, 'nowhere'), () => undefined)).toBeNull();
  });
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
    await writeFile(join(folder, 'lock'), String(process.ppid)); // runs, and is not this one
    await expect(directory.lock()).rejects.toThrow(new RegExp(`trained by process ${process.ppid}`));
    await writeFile(join(folder, 'lock'), String(process.pid));
    await (await directory.lock()).release();
    expect(await readdir(folder)).not.toContain('lock');
    await writeFile(join(folder, 'lock'), '2147483646'); // no process has this number
    await (await directory.lock()).release();
  });

  it('is named after preset and time', () => {
    expect(defaultRunPath('ring', new Date(2026, 0, 2, 3, 4, 5))).toBe(join('runs', 'ring-20260102-030405'));
  });
});

describe('the event log', () => {
  it('keeps what came before it was opened, one JSON object a line', async () => {
    const log = new EventLog();
    log.write(1, { type: 'early' });
    log.open(join(folder, 'events.jsonl'), () => undefined);
    log.write(2, { type: 'step', loss: 0.5 });
    await log.close();
    const lines = (await readFile(join(folder, 'events.jsonl'), 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([{ time: 1, type: 'early' }, { time: 2, type: 'step', loss: 0.5 }]); // prettier-ignore
  });

  it('tells once that it cannot be written, and takes more without harm', async () => {
    const told: string[] = [];
    const log = new EventLog();
    const failed = new Promise<void>((done) => {
      log.open(join(folder, 'no', 'events.jsonl'), (error) => {
        told.push(error.message);
        done();
      });
    });
    log.write(1, { type: 'x' });
    await failed;
    log.write(2, { type: 'y' });
    await log.close();
    expect(told).toHaveLength(1);
  });
});

describe('the history of losses', () => {
  it('thins itself, keeping the whole span, and gives news once', () => {
    const history = new LossHistory();
    for (let i = 1; i <= 50_000; i++) history.add(i, i, -i);
    const { iteration, discriminator } = history.all();
    expect(iteration.length).toBeLessThanOrEqual(4000);
    expect(iteration.length).toBeGreaterThan(2000);
    expect(iteration.at(-1)).toBeGreaterThan(49_900);
    expect(discriminator).toEqual(iteration);
    expect(history.takeFresh().iteration).toHaveLength(50_000);
    expect(history.takeFresh().iteration).toEqual([]);
  });
});

describe('the registry of workers', () => {
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
