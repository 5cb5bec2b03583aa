/** TensorBoard's files, read by an independent reader of their formats. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { presetConfig } from '@gantry/shared';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { exportRun } from '../src/cli/export.ts';
import type { LogEntry } from '../src/run/archive.ts';
import { RunDirectory } from '../src/run/directory.ts';
import { systemDisk } from '../src/run/disk.ts';
import { tensorBoardFile, TensorBoardLog } from '../src/tensorboard/log.ts';
import { Said } from './support/new-run.ts';
import { crc32c, readTensorBoard } from './support/tensorboard-reader.ts';
import { temporaryFolder } from './temporary-data.ts';

const step = (iteration: number, phase: string, loss: number): LogEntry => ({
  type: 'step',
  version: 2 * iteration,
  iteration,
  phase,
  step: iteration,
  gradientNorm: 2.5,
  loss,
  penalty: 0,
  realAccuracy: 0.75,
  fakeAccuracy: 0.5,
  gradientNorms: { dense0: 0.5, 'block1/conv0': 0.25 },
});

/** What a short run's file holds, and what was told of it. */
async function written() {
  const told: string[] = [];
  const directory = new RunDirectory(await temporaryFolder());
  await mkdir(directory.samples);
  const png = await sharp({ create: { width: 5, height: 3, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  await writeFile(join(directory.samples, '00000002.png'), png);
  const log = new TensorBoardLog(directory, (sentence) => told.push(sentence));
  const time = 1_700_000_000_500;
  log.hear({ type: 'started', incarnation: 1, version: 0, iteration: 0 }, time);
  log.hear(step(0, 'discriminator', 1.5), time + 1000);
  log.hear({ type: 'worker-joined', worker: 1 }, time + 1000);
  log.hear(step(300, 'generator', -0.125), time + 2000);
  log.hear({ type: 'sheet', iteration: 301, file: '00000002.png', modes: 7, samples: 2500 }, time + 3000);
  log.hear({ type: 'sheet', iteration: 302, file: 'gone.png' }, time + 3000);
  log.hear({ type: 'resumed', incarnation: 2, version: 10, iteration: 250 }, time + 4000);
  await log.close();
  // Workers leave after the end: too late for it.
  log.hear({ type: 'worker-left', worker: 1 }, time + 5000);
  await log.close();
  const [name, ...others] = await readdir(directory.tensorBoard);
  expect(others).toEqual([]);
  expect(name).toBe('events.out.tfevents.1700000000.gantry');
  const events = readTensorBoard(await readFile(join(directory.tensorBoard, name)));
  return { events, png, told };
}

describe('a run that is written for TensorBoard as well', () => {
  it('has records whose checksums are right, by a reader that knows the published one', async () => {
    const { events, told } = await written();
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
    expect(told).toEqual([]);
    expect(events.length).toBe(7);
    expect(events[0]).toMatchObject({ seconds: 1_700_000_000.5, step: 0, version: 'brain.Event:2' });
  });

  it('has the losses, norms and accuracies of steps as scalars, by iteration', async () => {
    const { events } = await written();
    expect(events[1]).toMatchObject({ seconds: 1_700_000_001.5, step: 0 });
    expect(events[1].scalars).toEqual({
      'loss/discriminator': 1.5,
      'gradient norm/discriminator': 2.5,
      'accuracy/real': 0.75,
      'accuracy/fake': 0.5,
      penalty: 0,
      'gradient norm of discriminator layers/dense0': 0.5,
      'gradient norm of discriminator layers/block1/conv0': 0.25,
    });
    expect(events[2]).toMatchObject({ step: 300, scalars: { 'loss/generator': -0.125 } });
    expect(events[2].scalars).not.toHaveProperty('accuracy/real');
  });

  it('has sheets as images, and what they were measured by; one that is gone is left out', async () => {
    const { events, png } = await written();
    expect(events[3].step).toBe(301);
    expect(events[3].scalars).toEqual({ 'measures/modes': 7 });
    expect(events[3].images.samples).toMatchObject({ width: 5, height: 3 });
    expect(Buffer.from(events[3].images.samples.png).equals(png)).toBe(true);
    expect(events[4]).toMatchObject({ step: 302, images: {} });
  });

  it('says where a run goes on, so that what was computed twice is shown once', async () => {
    const { events } = await written();
    expect(events.slice(5)).toMatchObject([{ version: 'brain.Event:2' }, { step: 250, session: 1 }]);
  });
});

describe('a finished run', () => {
  it('is written the same afterwards, without the steps that a crash made twice', async () => {
    const folder = await temporaryFolder();
    const run = new RunDirectory(join(folder, 'run'));
    await run.create(presetConfig('ring'));
    const lines = [
      { type: 'started', incarnation: 1, version: 0, iteration: 0 },
      step(0, 'generator', 1),
      step(1, 'generator', 2),
      { type: 'resumed', incarnation: 2, version: 2, iteration: 1 },
      step(1, 'generator', 3),
    ];
    const text = lines.map((line, i) => `${JSON.stringify({ time: 1000 * i, ...line })}\n`).join('');
    await writeFile(run.events, `${text}{"time":9000,"type":"st`);
    const to = join(folder, 'to');
    expect(await exportRun(run.path, { to, format: 'tensorboard' }, new Said())).toBe(0);
    const [name] = await readdir(to);
    const events = readTensorBoard(await readFile(join(to, name)));
    expect(events.map(({ step: at, scalars }) => [at, scalars['loss/generator']])).toEqual([
      [0, undefined],
      [0, 1],
      [1, 3],
    ]);
  });

  it('comes in pieces, since it holds each sheet of the run', async () => {
    const run = new RunDirectory(join(await temporaryFolder(), 'run'));
    await run.create(presetConfig('ring'));
    const side = 700;
    const noise = Uint8Array.from({ length: 3 * side * side }, (_, i) => (i * 2_654_435_761) >>> 13);
    const png = await sharp(noise, { raw: { width: side, height: side, channels: 3 } })
      .png({ compressionLevel: 0 })
      .toBuffer();
    const sheets = [0, 1, 2].map((iteration) => ({ type: 'sheet', iteration, file: `${iteration}.png` }));
    await Promise.all(sheets.map(({ file }) => writeFile(join(run.samples, file), png)));
    await writeFile(run.events, sheets.map((line) => `${JSON.stringify({ time: 1, ...line })}\n`).join(''));
    const pieces: Uint8Array[] = [];
    for await (const piece of tensorBoardFile(run)) pieces.push(piece);
    expect(pieces.map(({ length }) => length > png.length && length < 2 * png.length)).toEqual([
      true,
      true,
      true,
    ]);
    const images = readTensorBoard(Buffer.concat(pieces)).flatMap((event) => Object.keys(event.images));
    expect(images).toEqual(['samples', 'samples', 'samples']);
  });
});

describe('a disk that takes no file for TensorBoard', () => {
  it('is told of once, and nothing else comes of it', async () => {
    const full = { ...systemDisk, makeDirectory: () => Promise.reject(new RangeError('no space')) };
    const told: string[] = [];
    const log = new TensorBoardLog(new RunDirectory(await temporaryFolder(), full), (sentence) =>
      told.push(sentence),
    );
    for (let i = 0; i < 3; i++) log.hear(step(i, 'generator', 1), 1000 * i);
    await log.close();
    expect(told).toEqual([expect.stringMatching(/no space.*--format tensorboard/)]);
  });
});
