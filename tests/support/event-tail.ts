/** The lines of a run's `events.jsonl` as they come: a long run's file is not read anew at each look. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoggedEvent } from './gantry.ts';

export class EventTail {
  readonly #path: string;
  #at = 0;

  constructor(directory: string) {
    this.#path = join(directory, 'events.jsonl');
  }

  /** What was logged since the last call. */
  async next(): Promise<LoggedEvent[]> {
    const file = await open(this.#path);
    try {
      const { size } = await file.stat();
      const { buffer, bytesRead } = await file.read(
        Buffer.alloc(size - this.#at),
        0,
        size - this.#at,
        this.#at,
      );
      this.#at += bytesRead;
      // A name may hold characters of several bytes, but each line ends with one.
      const end = buffer.lastIndexOf(0x0a, bytesRead - 1) + 1;
      this.#at -= bytesRead - end;
      return buffer
        .toString('utf8', 0, end)
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as LoggedEvent);
    } finally {
      await file.close();
    }
  }
}
