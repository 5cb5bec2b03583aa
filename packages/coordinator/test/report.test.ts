/** What a report gathers from a run's directory, and the file that it becomes. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { presetConfig } from '@gantry/shared';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { report } from '../src/cli/report.ts';
import { collectReport } from '../src/report/collect.ts';
import { composeReport } from '../src/report/compose.ts';
import { TimeBins } from '../src/report/time-bins.ts';
import { RunDirectory } from '../src/run/directory.ts';
import { newRun, Said } from './support/new-run.ts';
import { temporaryFolder } from './temporary-data.ts';

type Line = { readonly type: string } & Readonly<Record<string, unknown>>;

const step = (iteration: number, phase: string, loss: number): Line => ({
  type: 'step',
  version: 2 * iteration + (phase === 'generator' ? 1 : 0),
  iteration,
  phase,
  step: iteration,
  gradientNorm: 1,
  loss,
  penalty: 0,
  realAccuracy: 0.5,
  fakeAccuracy: 0.75,
  gradientNorms: { dense0: 0.5 },
});

const summary = {
  seconds: 61,
  iterations: 10_000,
  bytes: { up: 1000, down: 2000 },
  workers: { joined: 2, lost: 1, quarantined: 1 },
  leases: { granted: 9, completed: 7, expired: 1, duplicate: 0, rejected: 1, revoked: 0, audited: 0 },
  parametersChecksum: '0123456789abcdef',
};

/** A run's log, a line a second. */
const lines: readonly Line[] = [
  { type: 'started', incarnation: 1, version: 0, iteration: 0 },
  { type: 'worker-joined', worker: 1, name: '<script>alert(1)</script>', back: false },
  { type: 'worker-ready', worker: 1, backend: 'webgl', pace: 5 },
  { type: 'worker-joined', worker: 2, name: 'two', back: false },
  step(0, 'discriminator', 1.5),
  step(0, 'generator', 0.5),
  { type: 'checkpoint', version: 2, iteration: 1, microbatches: { 1: 8, 2: 4 } },
  { type: 'worker-availability', worker: 2, state: 'hidden' },
  { type: 'lease-expired', worker: 2, lease: 7, after: 2000 },
  { type: 'worker-left', worker: 2, forGood: false },
  { type: 'worker-quarantined', worker: 1, reason: 'its numbers are wrong' },
  { type: 'checkpoint', version: 4, iteration: 2, microbatches: { 1: 20, 2: 4 } },
  { type: 'finished', ...summary },
];

const logText = (all: readonly Line[]): string =>
  all.map((line, i) => `${JSON.stringify({ time: 1000 * i, ...line })}\n`).join('');

async function runWith(log: string, sheets: readonly number[] = []): Promise<RunDirectory> {
  const directory = new RunDirectory(
    await newRun(presetConfig('ring'), join(await temporaryFolder(), 'my run')),
  );
  await writeFile(directory.events, log);
  await mkdir(directory.samples, { recursive: true });
  const png = await sharp({ create: { width: 4, height: 4, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  for (const iteration of sheets) {
    // oxlint-disable-next-line no-await-in-loop -- a handful of small files
    await writeFile(join(directory.samples, `${String(iteration).padStart(8, '0')}.png`), png);
  }
  return directory;
}

describe('a report', () => {
  it('has the figures of the end, and the curves', async () => {
    const data = await collectReport(await runWith(logText(lines)), null);
    expect(data).toMatchObject({ name: 'my run', outcome: 'finished', damagedLines: 0 });
    expect(data.figures).toEqual({ began: 0, ended: 12_000, steps: 2, ...withoutRevoked(summary) });
    expect(data.course.curves.series['loss/discriminator'].mean).toEqual([null, 1.5]);
    expect(data.course.maps.series['norm/generator/dense0'].mean).toEqual([null, 0.5]);
  });

  it('tells who was there, when, and what happened', async () => {
    const { timeline } = await collectReport(await runWith(logText(lines)), null);
    const [one, two] = timeline.workers;
    expect(one).toMatchObject({ id: 1, backend: 'webgl', microbatches: 20 });
    expect(one.spans).toEqual([
      { from: 1000, to: 10_000, state: 'there' },
      { from: 10_000, to: 12_000, state: 'quarantined' },
    ]);
    expect(two.spans).toEqual([
      { from: 3000, to: 7000, state: 'there' },
      { from: 7000, to: 9000, state: 'hidden' },
    ]);
    expect(one.marks.at(-1)).toEqual({ at: 10_000, kind: 'quarantined', reason: 'its numbers are wrong' });
    expect(two.marks.map(({ kind }) => kind)).toEqual(['joined', 'expired', 'lost']);
  });

  it('tells how much each computed between checkpoints, from when it came', async () => {
    const { timeline } = await collectReport(await runWith(logText(lines)), null);
    const { work } = timeline.workers[0];
    const at = (second: number) => work[Math.floor((1000 * second) / timeline.binMilliseconds)];
    // 8 in the five seconds since it joined, 12 in the next five.
    expect([at(0.5), at(2), at(8), at(11.5)]).toEqual([null, 1.6, 2.4, null]);
  });

  it('of a run that was cut off and goes on counts each step once, and nobody stays who was cut off', async () => {
    const cut = [
      ...lines.slice(0, 6),
      step(1, 'discriminator', 9),
      { type: 'resumed', incarnation: 2, version: 2, iteration: 1 },
      step(1, 'discriminator', 3),
    ];
    const data = await collectReport(await runWith(logText(cut)), null);
    expect(data.outcome).toBeNull();
    expect(data.figures).toMatchObject({ steps: 3, iterations: 0, seconds: 0, parametersChecksum: null });
    expect(data.course.curves.series['loss/discriminator'].mean).toEqual([null, 1.5, 3]);
    expect(data.timeline.starts).toEqual([0, 7000]);
    expect(data.timeline.workers[0].spans).toEqual([{ from: 1000, to: 3000, state: 'there' }]);
  });

  it('leaves out lines that are damaged, and counts them', async () => {
    const damaged = `${logText(lines.slice(0, 6))}{"time":1,"type":"st\n\u0000\u0000garbage\n${logText(lines.slice(6))}`;
    const data = await collectReport(await runWith(damaged), null);
    expect(data).toMatchObject({ damagedLines: 2, outcome: 'finished', figures: { steps: 2 } });
  });

  it('has the sheets of the run, thinned evenly, with the first and the last', async () => {
    const sheets = Array.from({ length: 150 }, (_, i) => 20 * i);
    const data = await collectReport(await runWith(logText(lines), sheets), null);
    expect(data.sheets.length).toBe(60);
    expect([data.sheets[0].iteration, data.sheets.at(-1)?.iteration]).toEqual([0, 2980]);
    expect(data.sheets[0].image).toMatch(/^data:image\/png;base64,iVBOR/);
  });

  it('is one file that loads nothing, in which no name of a worker is markup', async () => {
    const built = await temporaryFolder({
      'report.js': Buffer.from('const end = "</script>";'),
      'report.css': Buffer.from('p{}'),
    });
    const page = await composeReport(await collectReport(await runWith(logText(lines)), 'zh'), built);
    expect(page).toContain('<html lang="zh-Hans">');
    expect(page).toContain("default-src 'none'");
    expect(page).not.toContain('<script>alert');
    expect(page.match(/<\/script/g)).toHaveLength(2);
    const json = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)?.[1] ?? '';
    expect(JSON.parse(json)).toMatchObject({
      timeline: { workers: [{ name: '<script>alert(1)</script>' }, {}] },
    });
  });
});

const withoutRevoked = ({ leases, ...rest }: typeof summary) => ({
  ...rest,
  leases: expect.objectContaining(leases),
});

describe('gantry report', () => {
  it('writes report.html into the run, again and again', async () => {
    const { path } = await runWith(logText(lines));
    const said = new Said();
    expect(await report(path, {}, said)).toBe(0);
    expect(await report(path, {}, said)).toBe(0);
    expect(said.text).toContain(join(path, 'report.html'));
    expect(await readFile(join(path, 'report.html'), 'utf8')).toMatch(/^<!doctype html>/);
  });

  it('says what is wrong: no run, nothing in it, no such language, no place to write', async () => {
    const { path } = await runWith('');
    const said = new Said();
    await expect(report(await temporaryFolder(), {}, said)).rejects.toThrow(/no run in it/);
    await expect(report(path, {}, said)).rejects.toThrow(/nothing has happened in it yet/);
    await expect(report(path, { language: 'fr' }, said)).rejects.toThrow('Allowed: en, zh.');
    const whole = await runWith(logText(lines));
    await expect(report(whole.path, { out: '/nowhere/at/all.html' }, said)).rejects.toThrow(
      /--out cannot be/,
    );
  });
});

describe('time bins', () => {
  it('keep what was added to them, however long the time becomes', () => {
    const bins = new TimeBins(0);
    for (let second = 0; second < 10_000; second++) bins.add(1000 * second, 1000 * second + 1000, 3);
    const rates = bins.rates(10_000_000);
    expect(rates.length).toBeLessThanOrEqual(240);
    expect(rates.slice(0, -1).every((rate) => rate === 3)).toBe(true);
  });
});
