/** What a report holds, gathered from a run's directory, of which nothing changes. */
import { basename, join } from 'node:path';
import { gantryError, type RunConfig, type RunSummary } from '@gantry/shared';
import type { Language } from '@gantry/shared/page';
import { actsType, afterEntry, noActs, type Acts } from '../run/acts.ts';
import { checkpointNames, readCheckpoint } from '../run/checkpoint.ts';
import type { RunDirectory } from '../run/directory.ts';
import { RunHistory } from '../run/history.ts';
import { linesOf, readEntry, typeOf, type LoggedEntry } from '../run/log-lines.ts';
import { courseOf, wholeRun } from '../run/past.ts';
import type { Figures, ReportData, ReportSheet } from './data.ts';
import { TimelineReader, timelineTypes } from './timeline.ts';

/** A scrubber has about as many places that can be told apart. */
const mostSheets = 60;
/** All of them together. */
const mostSheetBytes = 8 * 2 ** 20;

/** @throws RUN_DIRECTORY where no run is there, or nothing has happened in it; CONFIG_* */
export async function collectReport(directory: RunDirectory, language: Language | null): Promise<ReportData> {
  const config = await directory.readConfig();
  const { history, steps } = await readCourse(directory);
  const log = await readLog(directory);
  return {
    name: basename(directory.path),
    language,
    config,
    outcome: log.end === null ? null : (log.end.type as ReportData['outcome']),
    altered: log.acts.altered,
    figures: await figuresOf(directory, config, log, steps),
    course: { curves: setOf(history, 'curves'), maps: setOf(history, 'maps') },
    sheets: await readSheets(directory),
    timeline: log.timeline.finish(log.last),
    damagedLines: log.damaged,
  };
}

const setOf = ({ sets }: RunHistory, name: 'curves' | 'maps') => ({
  width: sets[name].width,
  series: sets[name].all(),
});

interface Course {
  readonly history: RunHistory;
  /** Iterations of networks that were logged: a step each, or a round's. */
  readonly steps: number;
}

async function readCourse({ events, disk }: RunDirectory): Promise<Course> {
  const history = new RunHistory();
  let steps = 0;
  for await (const entry of courseOf(events, wholeRun, disk)) {
    history.hear(entry);
    if (entry.type === 'step') steps += typeof entry.iterations === 'number' ? entry.iterations : 1;
  }
  return { history, steps };
}

interface Log {
  readonly timeline: TimelineReader;
  readonly acts: Acts;
  /** Time of its first line, and of its last. */
  readonly first: number;
  readonly last: number;
  /** How the run ended, where it has. */
  readonly end: LoggedEntry | null;
  readonly damaged: number;
}

async function readLog({ path, events, disk }: RunDirectory): Promise<Log> {
  const timeline = new TimelineReader();
  const known: readonly string[] = [...timelineTypes, actsType];
  let acts = noActs;
  let first: number | null = null;
  let last = 0;
  let end: LoggedEntry | null = null;
  let damaged = 0;
  for await (const lines of linesOf(events, disk)) {
    for (const line of lines) {
      const type = typeOf(line);
      // Whole lines end with the object; reading each to see whether it is sound would take longer than all the rest.
      if (type === null || !line.endsWith('}')) {
        damaged += 1;
        continue;
      }
      last = Number(/\d+/.exec(line)?.[0]);
      first ??= last;
      if (!known.includes(type)) continue;
      const entry = readEntry(line, known);
      if (entry === null) {
        damaged += 1;
        continue;
      }
      if (type === actsType) acts = afterEntry(acts, entry);
      timeline.hear(entry);
      if (type === 'started' || type === 'resumed') end = null;
      if (type === 'finished' || type === 'stopped' || type === 'diverged') end = entry;
    }
  }
  if (first !== null) return { timeline, acts, first, last, end, damaged };
  const reason = 'nothing has happened in it yet (its events.jsonl has no line that can be read)';
  throw gantryError('RUN_DIRECTORY', path, reason);
}

async function figuresOf(
  directory: RunDirectory,
  { strategy, schedule }: RunConfig,
  { first, last, end }: Log,
  steps: number,
): Promise<Figures> {
  // A round has more steps than its lines say, where its phases have more than one.
  const counted = strategy.kind !== 'local' || (schedule.discriminator === 1 && schedule.generator === 1);
  const common = { began: first, ended: last, steps: counted ? steps : null };
  if (end !== null) {
    const { seconds, iterations, bytes, workers, leases, parametersChecksum } = end as unknown as RunSummary; // which the line of the end holds
    return { ...common, seconds, iterations, bytes, workers, leases, parametersChecksum };
  }
  const record = await latestRecord(directory);
  return {
    ...common,
    seconds: record?.seconds ?? null,
    iterations: record?.position.iteration ?? 0,
    bytes: record?.bytes ?? null,
    workers: record?.counters.workers ?? null,
    leases: record?.counters.leases ?? null,
    parametersChecksum: null,
  };
}

/** Of the latest checkpoint that can be read. */
async function latestRecord({ checkpoints, disk }: RunDirectory) {
  for (const name of await checkpointNames(checkpoints, disk)) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- the first that is sound
      return (await readCheckpoint(join(checkpoints, name), disk)).record;
    } catch {
      // An earlier one tells nearly as much.
    }
  }
  return null;
}

async function readSheets({ samples, disk }: RunDirectory): Promise<ReportSheet[]> {
  const names = await disk.names(samples).catch((): string[] => []);
  const sheets = names.filter((name) => /^\d+\.png$/.test(name)).toSorted();
  if (sheets.length === 0) return [];
  // The last is as large as any.
  const { length: size } = await disk.read(join(samples, sheets[sheets.length - 1]));
  const most = Math.max(2, Math.min(mostSheets, Math.floor(mostSheetBytes / size)));
  return Promise.all(
    spread(sheets.length, most).map(async (index) => {
      const name = sheets[index];
      const png = Buffer.from(await disk.read(join(samples, name)));
      return {
        iteration: Number.parseInt(name, 10),
        image: `data:image/png;base64,${png.toString('base64')}`,
      };
    }),
  );
}

/** At most `most` indices, evenly spread, the first and the last among them. */
function spread(length: number, most: number): number[] {
  if (length <= most) return Array.from({ length }, (_, i) => i);
  return Array.from({ length: most }, (_, i) => Math.round((i * (length - 1)) / (most - 1)));
}
