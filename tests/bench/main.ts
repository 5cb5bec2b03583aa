/** `npm run bench`: measures row after row, and prints the table as it goes. */
import { rmSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorText } from '@gantry/shared';
import { Children } from './harness/children.ts';
import { chooseRows, unmatched } from './harness/choose.ts';
import { withTable } from './harness/markdown.ts';
import { readOptions, usage, type BenchOptions } from './harness/options.ts';
import { busyCores, machine } from './harness/machine.ts';
import { Progress } from './harness/progress.ts';
import { resultOf, type Result } from './harness/result.ts';
import type { Row } from './harness/row.ts';
import { header, resultLines } from './harness/table.ts';
import { rows } from './rows/index.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Of the row under way. */
let children = new Children();
const folders = new Set<string>();
const cleanUp = (): void => {
  children.kill();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    cleanUp();
    process.exit(130);
  });
}
process.once('exit', cleanUp);

async function measure(
  row: Row,
  place: string,
  { set, profile }: BenchOptions,
  progress: Progress,
): Promise<Result> {
  const busy = await busyCores(1000);
  const began = performance.now();
  children = new Children(profile);
  progress.begin(`${place} ${row.name}`);
  try {
    const found = await row.measure({
      children,
      set,
      progress: (text) => progress.update(text),
      async folder() {
        const folder = await mkdtemp(join(tmpdir(), 'gantry-bench-'));
        folders.add(folder);
        return folder;
      },
    });
    const seconds = (performance.now() - began) / 1000;
    return resultOf({ name: row.name, seconds, busyCores: busy }, found);
  } finally {
    progress.end();
    await children.stop();
    await Promise.all(
      [...folders].map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 5 })),
    );
    folders.clear();
  }
}

/** @returns the exit code: 0 also where a target is missed, which is a measurement; 1 where a row broke */
async function main(): Promise<number> {
  let options: BenchOptions;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${errorText(error)}\n\n${usage}\n`);
    return 2;
  }
  if (options.help) {
    say(usage);
    return 0;
  }
  const unknown = unmatched(rows, options.only);
  if (unknown.length > 0) {
    process.stderr.write(`No row matches ${unknown.join(', ')} (--list lists them)\n`);
    return 2;
  }
  if (options.list) {
    for (const { name, about, onlyWhenNamed } of rows) {
      say(`${name.padEnd(34)} ${about}${onlyWhenNamed === true ? ' Runs only when named.' : ''}`);
    }
    return 0;
  }
  const chosen = chooseRows(rows, options.only);
  const progress = new Progress(process.stderr);
  const results: Result[] = [];
  let broken = 0;
  say(`${machine()}\n`);
  say(header());
  for (const [index, row] of chosen.entries()) {
    try {
      // One after another: rows measure time.
      // oxlint-disable-next-line no-await-in-loop
      const result = await measure(row, `[${index + 1}/${chosen.length}]`, options, progress);
      results.push(result);
      for (const line of resultLines(result)) say(line);
    } catch (error) {
      broken += 1;
      process.stderr.write(`${row.name} broke: ${errorText(error)}\n`);
    }
    // After each row: a bench that is ended early leaves what it found.
    // oxlint-disable-next-line no-await-in-loop
    if (options.json !== null) await writeFile(options.json, `${JSON.stringify(results, null, 2)}\n`);
  }
  if (options.markdown !== null) {
    const document = await readFile(options.markdown, 'utf8');
    await writeFile(options.markdown, withTable(document, machine(), new Date(), results));
  }
  const missed = results.filter(({ met }) => met === false).length;
  const met = results.filter((result) => result.met === true).length;
  const skipped = results.filter((result) => result.skipped !== null).length;
  say(
    `\n${met} met, ${missed} missed, ${results.length - met - missed - skipped} reported, ${skipped} skipped`,
  );
  return broken > 0 ? 1 : 0;
}

process.exit(await main());
