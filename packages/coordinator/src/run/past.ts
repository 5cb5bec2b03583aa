/**
 * The course of a run so far, read from its `events.jsonl`, line by line: a file of any length goes through one buffer. Where
 * a crash was, the steps since the checkpoint before it are logged twice; of these the later count.
 */
import type { LogEntry } from './archive.ts';
import type { Disk } from './disk.ts';
import { courseTypes, RunHistory } from './history.ts';

/** How far a run had come where it went on: what was logged beyond, before, came to nothing. */
export interface Reach {
  readonly version: number;
  /** Done. */
  readonly iteration: number;
}

/**
 * @param path - of `events.jsonl`; where there is none, nothing has happened
 * @param reach - where the run goes on from
 * @throws what the disk throws
 */
export async function readHistory(path: string, reach: Reach, disk: Disk): Promise<RunHistory> {
  const history = new RunHistory();
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
      const entry = read(line, courseTypes);
      if (entry !== null && counts(entry, reaches[Math.max(0, begun - 1)])) history.hear(entry);
    }
  }
  return history;
}

/** Where the coordinator that wrote this line began, if it is the line that says so. */
function beginning(line: string): Reach[] {
  const entry = read(line, ['started', 'resumed']);
  return entry === null ? [] : [{ version: Number(entry.version), iteration: Number(entry.iteration) }];
}

const nearer = (a: Reach, b: Reach): Reach => ({
  version: Math.min(a.version, b.version),
  iteration: Math.min(a.iteration, b.iteration),
});

const counts = ({ type, version, iteration }: LogEntry, reach: Reach): boolean =>
  type === 'sheet' ? Number(iteration) <= reach.iteration : Number(version) < reach.version;

/** The line, if it is of one of these types, and whole. Its beginning tells: most lines need not be read further. */
function read(line: string, types: readonly string[]): LogEntry | null {
  if (!types.includes(/^\{"time":\d+,"type":"([a-z-]+)"/.exec(line)?.[1] ?? '')) return null;
  try {
    return JSON.parse(line) as LogEntry;
  } catch {
    return null;
  }
}

const chunkBytes = 2 ** 20;

async function* linesOf(path: string, disk: Disk): AsyncGenerator<string[]> {
  const file = await disk.open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (file === null) return;
  try {
    const chunk = new Uint8Array(chunkBytes);
    const decoder = new TextDecoder();
    let rest = '';
    for (let at = 0, count = 1; count > 0; at += count) {
      // oxlint-disable-next-line no-await-in-loop -- a file of any length through one buffer
      count = await file.read(chunk, at);
      const lines = (rest + decoder.decode(chunk.subarray(0, count), { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      yield lines;
    }
  } finally {
    await file.close();
  }
}
