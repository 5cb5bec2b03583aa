/** What a lab's report and cells.csv say of results that are made up. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { language } from '@gantry/shared/page';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LabResult } from '../src/lab/lab.ts';
import { collectLabReport } from '../src/lab/report/collect.ts';
import { csvOf } from '../src/lab/report/csv.ts';
import { sentencesOf } from '../src/lab/report/page/sentences.ts';
import { ticksOf } from '../src/lab/report/page/scale.ts';
import { formatNumber } from '../src/lab/report/page/words.ts';
import { labOf, madeUp, madeUpLab as lab, measured } from './support/made-up-lab.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-lab-report-'));
});
afterEach(async () => {
  language.value = 'en';
  await rm(folder, { recursive: true, force: true });
});

const reportOf = (of: LabResult) =>
  collectLabReport(of, { which: 'made up.json', settings: ["longest=5 '"], folder, from: tmpdir() });

describe('cells.csv', () => {
  test('has a row a cell and seed, with every axis and measure', () => {
    const [header, ...rows] = csvOf(lab).trim().split('\n');
    expect(rows).toHaveLength(12);
    const row = (i: number) =>
      Object.fromEntries(rows[i].split(',').map((value, at) => [header.split(',')[at], value]));
    expect(row(3)).toMatchObject({
      cell: 'rate=0.01',
      rate: '0.01',
      seed: '1',
      outcome: 'complete',
      seconds: '20',
      examplesPerSecond: '400',
      // One machine alone makes 8 examples in 20 ms: 400 a second.
      speedUp: '1',
      bytes: '4000',
      'busy/access point': '0.5',
      leasesExpired: '1',
      workersJoined: '2',
      highQuality: '0.7',
      targetIteration: '50',
      targetSeconds: '5',
      targetBytes: '2000',
      divergence: '',
    });
    expect(row(9)).toMatchObject({
      outcome: 'diverged',
      highQuality: '',
      targetSeconds: '',
      divergence: '11',
    });
  });

  test('is the same bytes for the same results, in whatever time', () => {
    const later = { ...lab, results: lab.results.map((each) => ({ ...each, machineSeconds: 99 })) };
    expect(csvOf(later)).toBe(csvOf(lab));
  });

  test('keeps an axis and a column of one name apart, and quotes as RFC 4180 says', () => {
    const axes = { seconds: { 'a, "b"': { longest: 5 }, c: { longest: 6 } } };
    const csv = csvOf(labOf([[{}], [{}]], { ...madeUp, axes }));
    const [header, row] = csv.split('\n');
    expect(header).toMatch(/^cell,axis\/seconds,seed,/);
    expect(header).toContain(',seconds,');
    expect(row).toContain(',"a, ""b""",1,');
  });
});

describe("a lab's report", () => {
  test('compares under the same seeds, and tells what is better, not to be told apart, and lost', async () => {
    const data = await reportOf(lab);
    const chief = data.quantities.find(({ name }) => name === 'highQuality');
    // Differences 0.1, 0.09, 0.11: mean 0.1, standard deviation 0.01; t with 2 degrees 4.3027: ± 0.02484.
    const { against } = chief?.cells[1] ?? {};
    expect(against?.mean).toBeCloseTo(0.1, 12);
    expect(against?.interval?.low).toBeCloseTo(0.1 - 0.024843, 5);
    expect(against?.verdict).toBe('above');
    expect(chief?.cells[2].against?.verdict).toBe('unclear');
    expect(chief?.cells[3].against).toMatchObject({ n: 1, interval: null, verdict: 'unknown' });
    // By ratios, and only of runs that came to their end.
    const seconds = data.quantities.find(({ name }) => name === 'seconds');
    expect(seconds?.cells[1].against).toMatchObject({ mean: 2, verdict: 'above' });
    expect(seconds?.cells[3].values).toEqual([null, 10, null]);
  });

  test('opens with the answer in plain words', async () => {
    const said = sentencesOf(await reportOf(lab));
    expect(said).toEqual([
      'The base, rate=0.001, came to a share of high quality of 0.7: the median of 3 seeds, which gave 0.6 to 0.8.',
      'Better than the base: rate=0.01 (+0.1, 95% interval +0.0752 to +0.125).',
      'Not to be told from the base with these seeds: rate=0.1 (+0.0333, 95% interval −0.346 to +0.413).',
      'Beside the base, without an interval: rate=1 (−0.5), of the 1 of 3 seeds where both have it.',
      'Diverged: rate=1 (2 of 3 seeds, from iteration 11).',
      'Fastest to share of high quality ≥ 0.5: rate=0.01, in 5 s of virtual time. The base takes 10 s.',
      'Fewest bytes to share of high quality ≥ 0.5: rate=0.01, 2 kB. The base takes 4 kB.',
    ]);
    language.value = 'zh';
    expect(sentencesOf(await reportOf(lab))[1]).toBe(
      '优于基准：rate=0.01（+0.1，95% 区间 +0.0752 至 +0.125）。',
    );
  });

  test('with one seed has no interval, and says so', async () => {
    const one = labOf([
      [{ measured: measured(0, 0.5) }],
      [{ measured: measured(0, 0.7), parametersChecksum: 'other' }],
    ]);
    const said = sentencesOf(await reportOf(one));
    expect(said[1]).toBe('Beside the base, without an interval: rate=0.01 (+0.2).');
    expect(said[2]).toContain('There is one seed, so there is no interval');
  });

  test('says where all cells came to the same parameters, and then only of time and bytes', async () => {
    const same = labOf([[{ measured: measured(0, 0.5) }], [{ measured: measured(0, 0.5), seconds: 4 }]], {
      ...madeUp,
      target: undefined,
    });
    const said = sentencesOf(await reportOf(same));
    expect(said[1]).toContain('the same parameters, to the bit');
    expect(said).toContain('Fastest to the end: rate=0.01, in 4 s of virtual time. The base takes 10 s.');
    expect(said.join(' ')).not.toMatch(/Better|Worse|told from|one seed, so/);
  });

  test('takes a seed that did not come to the target for one that never will', async () => {
    // Two of three seeds of the second cell are fast, of the third cell one.
    const never = measured(0, 0.1);
    const reached = (...seeds: readonly (typeof never)[]) => seeds.map((of) => ({ measured: of }));
    const slow = measured(0, 0.1, 0.2, 0.9);
    const fast = measured(0, 0.9);
    const data = await reportOf(
      labOf([reached(slow, slow, slow), reached(fast, slow, never), reached(fast, never, never)]),
    );
    const cheapest = data.answer.find(({ type }) => type === 'cheapest');
    expect(cheapest).toMatchObject({ quantity: 'targetSeconds', cell: 0, median: 15, base: 15 });
    const none = await reportOf(labOf([reached(never, never), reached(never, never)]));
    expect(sentencesOf(none)).toContain(
      'No cell came to share of high quality ≥ 0.5 under most of its seeds.',
    );
  });

  test('has the course of each cell over its seeds, sheets and losses of the first, and commands', async () => {
    const run = join(folder, 'cells', 'rate=0.001-seed-1');
    await mkdir(join(run, 'samples'), { recursive: true });
    const png = await sharp({ create: { width: 2, height: 2, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    await writeFile(join(run, 'samples', '00000000.png'), png);
    const step = { type: 'step', version: 0, iteration: 0, phase: 'generator', loss: 0.5 };
    await writeFile(
      join(run, 'events.jsonl'),
      [{ type: 'started', version: 0, iteration: 0 }, step]
        .map((line) => `${JSON.stringify({ time: 0, ...line })}\n`)
        .join(''),
    );
    const bySeed = [0.6, 0.8, 0.1].map((last) => ({
      measured: measured(0, last),
      sheets: [{ iteration: 0, file: '00000000.png' }],
    }));
    const data = await reportOf(labOf([bySeed]));
    const [cell] = data.cells;
    expect(cell.curve[1]).toEqual({
      iteration: 50,
      seconds: 5,
      bytes: 2000,
      measures: { highQuality: [0.1, 0.6, 0.8] },
    });
    expect(cell.losses).toEqual({ width: 1, discriminator: [], generator: [0.5] });
    expect(cell.sheets).toEqual([{ iteration: 0, image: `data:image/png;base64,${png.toString('base64')}` }]);
    const below = folder.slice(tmpdir().length + 1);
    expect(cell.live).toBe(
      `npm start -- --config ${below}/cells/rate=0.001-seed-1/config.json --lobby --workers 0`,
    );
    expect(data.command).toBe(
      `npm run gantry -- lab 'made up.json' --seeds 1..3 --set 'longest=5 '\\''' --out ${below}`,
    );
  });
});

describe('what the report writes', () => {
  test('numbers have three digits that matter, and axes round ticks', () => {
    expect([0, 0.01234, 0.5, 9.999, 123.4, 12345, 1.5e-7].map(formatNumber)).toEqual([
      '0',
      '0.0123',
      '0.5',
      '10',
      '123',
      '12,345',
      '1.5e-7',
    ]);
    expect(ticksOf({ low: -0.13, high: 0.92 }, 4)).toEqual([0, 0.5]);
    expect(ticksOf({ low: 3.2, high: 8.1 }, 3)).toEqual([4, 6, 8]);
  });
});
