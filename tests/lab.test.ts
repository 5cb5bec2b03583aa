/** The lab as its user has it: the command, its processes, its files. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const command = fileURLToPath(new URL('../packages/coordinator/bin/gantry.js', import.meta.url));

/** Sixteen machines that differ, straggle, come and go, and suffer everything that leaves a result as it is. */
const scenario = {
  name: 'sixteen',
  question: 'Is it the same each time?',
  config: { preset: 'ring', set: { 'schedule.iterations': 40, 'batch.microbatch': 8, 'model.width': 16 } },
  population: {
    groups: {
      laptops: {
        count: 16,
        speed: { millisecondsPerMicrobatch: 20, spread: 0.4 },
        link: { down: 20, up: 5, latency: 5, jitter: 3, loss: 0.001, medium: 'air' },
        stragglers: { share: 0.25, every: 2, lasts: 1, factor: null },
        sessions: { stay: 5, away: 1 },
      },
    },
    media: { air: { rate: 50 } },
  },
  faults: [
    { kind: 'kill', probability: 0.01, lasts: 1 },
    { kind: 'freeze', at: [2, 4], lasts: 3 },
    { kind: 'slow', probability: 0.01, lasts: 2, factor: 5 },
    { kind: 'delay', probability: 0.01, lasts: 2 },
    { kind: 'reorder', probability: 0.01, lasts: 1 },
    { kind: 'duplicate', probability: 0.02 },
    { kind: 'drop', probability: 0.01 },
    { kind: 'corrupt', probability: 0.01 },
  ],
  axes: { machines: { path: 'population.groups.laptops.count', values: [16, 5] } },
  measure: { every: 20, samples: 500 },
};

let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-lab-'));
  file = join(folder, 'scenario.json');
  await writeFile(file, `// With a comment.\n${JSON.stringify(scenario)}`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** @param until - looked at now and then; when true, the process is killed */
async function lab(
  out: string,
  processes: number,
  until?: () => Promise<boolean>,
  of: string = file,
): Promise<string> {
  const child = spawn(process.execPath, [
    command,
    'lab',
    of,
    '--seeds',
    '1..2',
    '--out',
    out,
    '--processes',
    String(processes),
  ]);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const over = new Promise<number | null>((resolve) => child.once('exit', resolve));
  if (until) {
    // oxlint-disable-next-line no-await-in-loop -- one look after the other
    while (!(await until())) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGKILL');
  }
  const code = await over;
  if (!until) expect(code, said).toBe(0);
  return said;
}

const read = (out: string, ...path: readonly string[]): Promise<string> =>
  readFile(join(out, ...path), 'utf8');

describe('a lab', () => {
  test('gives the same to the bit with other processes, and after it was killed in the middle', async () => {
    const [whole, broken] = [join(folder, 'whole'), join(folder, 'broken')];
    await lab(whole, 2);
    const csv = await read(whole, 'cells.csv');
    expect(await read(whole, 'report.html')).toContain(scenario.question);
    const cells = await readdir(join(whole, 'cells'));
    expect(cells).toHaveLength(4);

    await lab(broken, 1, async () => {
      const done = await Promise.all(
        cells.map((cell) =>
          read(broken, 'cells', cell, 'result.json').then(
            () => 1,
            () => 0,
          ),
        ),
      );
      return done.reduce<number>((sum, each) => sum + each, 0) >= 2;
    });
    expect(await read(broken, 'cells.csv').catch(() => 'none')).toBe('none');
    const said = await lab(broken, 1);
    expect(said).toMatch(/[23] from before/);
    expect(await read(broken, 'cells.csv')).toBe(csv);
    for (const cell of cells) {
      expect(await read(broken, 'cells', cell, 'events.jsonl'), cell).toBe(
        await read(whole, 'cells', cell, 'events.jsonl'),
      );
    }

    // Faults of machines and links change when things come, and not what they come to.
    const [header, ...rows] = csv
      .trim()
      .split('\n')
      .map((line) => line.split(','));
    const at = (row: readonly string[], name: string): string => row[header.indexOf(name)];
    const checksums = rows.map((row) => [at(row, 'seed'), at(row, 'parametersChecksum')].join(' '));
    expect(new Set(checksums).size).toBe(2);
    expect(new Set(rows.map((row) => at(row, 'seconds'))).size).toBe(4);
    for (const row of rows) {
      expect(at(row, 'outcome')).toBe('complete');
      expect(Number(at(row, 'workersLost'))).toBeGreaterThan(0);
      expect(Number(at(row, 'leasesExpired'))).toBeGreaterThan(0);
    }
  }, 120_000);

  test('outlasts spells of machines that wait for others in mid-pass', async () => {
    const exchanged = {
      name: 'exchanged',
      question: 'Does a machine that is slowed down while it waits compute its part twice?',
      config: {
        preset: 'digits-small',
        set: { 'schedule.iterations': 3, 'batchNorm.statistics': 'global' },
      },
      population: { groups: { laptops: { count: 3, speed: { millisecondsPerMicrobatch: 20 } } } },
      faults: [
        { kind: 'slow', probability: 0.5, lasts: 2, factor: 5 },
        { kind: 'freeze', probability: 0.2, lasts: 1 },
      ],
      measure: { every: 3, samples: 100 },
    };
    const other = join(folder, 'exchanged.json');
    const out = join(folder, 'exchanged');
    await writeFile(other, JSON.stringify(exchanged));
    await lab(out, 2, undefined, other);
    const [header, ...rows] = (await read(out, 'cells.csv'))
      .trim()
      .split('\n')
      .map((line) => line.split(','));
    expect(rows.map((row) => row[header.indexOf('outcome')])).toEqual(['complete', 'complete']);
  }, 60_000);
});
