/** `gantry lab`: a scenario under a virtual clock, and a report of what it came to. */
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { formatDuration, formatPercent, gantryError, readValue } from '@gantry/shared';
import { runLab, type LabProgress } from '../lab/lab.ts';
import { writeLabReport } from '../lab/report/write.ts';
import { withSettings } from '../lab/scenario/cells.ts';
import { readScenario, scenarioList } from '../lab/scenario/read.ts';
import { integer, readAssignment } from './configure.ts';
import { createStatusLine } from './progress.ts';

export interface LabCommandOptions {
  readonly seeds?: string | undefined;
  readonly out?: string | undefined;
  readonly processes?: string | undefined;
  readonly set?: readonly string[] | undefined;
  readonly list?: boolean | undefined;
}

/**
 * @returns the exit code
 * @throws OPTION_INVALID, SCENARIO_INVALID, CONFIG_*, LAB_DIRECTORY, CELL_FAILED
 */
export async function lab(which: string | undefined, options: LabCommandOptions): Promise<number> {
  if (which === undefined || options.list === true) {
    process.stdout.write(await scenarioList());
    return 0;
  }
  const { raw: read, place: file } = await readScenario(which);
  const settings = (options.set ?? []).map((assignment): [string, unknown] => {
    const [path, text] = readAssignment(assignment);
    return [path, readValue(text)];
  });
  const raw = withSettings(read, Object.fromEntries(settings), file);
  const seeds = seedsOf(options.seeds ?? '1');
  const name = (raw as { readonly name?: unknown } | null)?.name;
  const folder = resolve(options.out ?? join('lab', typeof name === 'string' ? name : 'scenario'));
  const processes = integer('--processes', options.processes ?? String(availableParallelism()), 1, 256);
  const began = performance.now();
  const line = createStatusLine(
    process.stderr,
    () => performance.now(),
    (progress: LabProgress) => partsOf(progress, (performance.now() - began) / 1000),
  );
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  const found = await runLab({
    raw,
    place: file,
    seeds,
    folder,
    processes,
    signal: interruption.signal,
    told: (progress) => line.update(progress),
  }).finally(() => line.end());
  if (found === null) {
    process.stderr.write('Interrupted. The same command goes on with the cells that are not done yet.\n');
    return 1;
  }
  const place = { which, settings: options.set ?? [], folder, from: process.cwd() };
  const report = await writeLabReport(found, place, (said) => process.stderr.write(`${said}\n`));
  process.stdout.write(`${found.results.length} cells in ${folder}: cells.csv\nReport: ${report}\n`);
  return 0;
}

/** `1..5`, or `1,3,4`. @throws OPTION_INVALID */
function seedsOf(text: string): number[] {
  const range = /^(\d+)\.\.(\d+)$/.exec(text.trim());
  const found =
    range === null
      ? text.split(',').map((each) => integer('--seeds', each, 0, 0xffffffff))
      : Array.from(
          { length: Math.max(0, Number(range[2]) - Number(range[1]) + 1) },
          (_, i) => Number(range[1]) + i,
        );
  if (found.length === 0 || found.length > 1000 || new Set(found).size < found.length) {
    throw gantryError('OPTION_INVALID', '--seeds', text, 'a range as 1..5, or different seeds as 1,3,4');
  }
  return found;
}

function partsOf({ all, done, kept, share }: LabProgress, seconds: number): string[] {
  const parts = [`${done} of ${all} cells`];
  if (kept > 0) parts.push(`${kept} from before`);
  if (done === all) return parts;
  parts.push(formatPercent((kept + share * (all - kept)) / all));
  if (share > 0.01) parts.push(`${formatDuration((seconds * (1 - share)) / share)} left`);
  return parts;
}
