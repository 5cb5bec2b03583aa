/**
 * The course of a run so far, read from its `events.jsonl`. Where a crash was, the steps since the checkpoint before it are
 * logged twice; of these the later count.
 */
import type { LogEntry } from './archive.ts';
import type { Disk } from './disk.ts';
import { courseTypes, RunHistory } from './history.ts';
import { linesOf, readEntry, type LoggedEntry } from './log-lines.ts';

/** How far a run had come where it went on: what was logged beyond, before, came to nothing. */
export interface Reach {
  readonly version: number;
  /** Done. */
  readonly iteration: number;
}

/** Of a run that nobody goes on with: all that was logged last counts. */
export const wholeRun: Reach = { version: Infinity, iteration: Infinity };

/**
 * @param path - of `events.jsonl`; where there is none, nothing has happened
 * @param reach - where the run goes on from
 * @throws what the disk throws
 */
export async function readHistory(path: string, reach: Reach, disk: Disk): Promise<RunHistory> {
  const history = new RunHistory();
  for await (const entry of courseOf(path, reach, disk)) history.hear(entry);
  return history;
}

/** Its lines of `courseTypes`, in their order, but for those that came to nothing. */
export async function* courseOf(path: string, reach: Reach, disk: Disk): AsyncGenerator<LoggedEntry> {
  const reaches: Reach[] = [];
  for await (const lines of linesOf(path, disk)) reaches.push(...lines.flatMap(beginning));
  // What each stretch of the log is worth: as far as the runs that came after it went on from.
  reaches.shift();
  reaches.push(reach);
  for (let i = reaches.length - 2; i >= 0; i--) reaches[i] = nearer(reaches[i], reaches[i + 1]);
  let begun = 0;
  for await (const lines of linesOf(path, disk)) {
    for (const line of lines) {
      begun += beginning(line).length;
      const entry = readEntry(line, courseTypes);
      if (entry !== null && counts(entry, reaches[Math.max(0, begun - 1)])) yield entry;
    }
  }
}

/** Where the coordinator that wrote this line began, if it is the line that says so. */
function beginning(line: string): Reach[] {
  const entry = readEntry(line, ['started', 'resumed']);
  return entry === null ? [] : [{ version: Number(entry.version), iteration: Number(entry.iteration) }];
}

const nearer = (a: Reach, b: Reach): Reach => ({
  version: Math.min(a.version, b.version),
  iteration: Math.min(a.iteration, b.iteration),
});

const counts = ({ type, version, iteration }: LogEntry, reach: Reach): boolean =>
  type === 'sheet' ? Number(iteration) <= reach.iteration : Number(version) < reach.version;
