/** Reading `events.jsonl`, line by line: a file of any length goes through one buffer. */
import type { LogEntry } from './archive.ts';
import type { Disk } from './disk.ts';

/** A line of the file. */
export type LoggedEntry = LogEntry & {
  /** Milliseconds since 1970. */
  readonly time: number;
};

const chunkBytes = 2 ** 20;

/** The whole lines of the file, as they come; where there is no file, none. @throws what the disk throws */
export async function* linesOf(path: string, disk: Disk): AsyncGenerator<string[]> {
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

/** What its beginning says that a line is; null: nothing that we wrote. Most lines need not be read further. */
export const typeOf = (line: string): string | null =>
  /^\{"time":\d+,"type":"([a-z-]+)"/.exec(line)?.[1] ?? null;

/** The line, if it is of one of these types, and whole. */
export function readEntry(line: string, types: readonly string[]): LoggedEntry | null {
  if (!types.includes(typeOf(line) ?? '')) return null;
  try {
    return JSON.parse(line) as LoggedEntry;
  } catch {
    return null;
  }
}
