/**
 * `events.jsonl`: one line a step and a happening, loadable by pandas as it is. After a crash the steps since
 * the last checkpoint are computed, and logged, again: of two lines for one version the later counts.
 */
import { createWriteStream, type WriteStream } from 'node:fs';

export class EventLog {
  /** Lines from before there was a file. */
  #early: string[] = [];
  #stream: WriteStream | null = null;

  /** @param failed - told once of a write that failed; training goes on without the log */
  open(path: string, failed: (error: Error) => void): void {
    this.#stream = createWriteStream(path, { flags: 'a' });
    this.#stream.once('error', failed);
    for (const line of this.#early) this.#stream.write(line);
    this.#early = [];
  }

  /** @param time - milliseconds since 1970 */
  write(time: number, event: { readonly type: string } & Readonly<Record<string, unknown>>): void {
    const line = `${JSON.stringify({ time, ...event })}\n`;
    if (this.#stream === null) this.#early.push(line);
    else if (this.#stream.writable) this.#stream.write(line);
  }

  async close(): Promise<void> {
    const stream = this.#stream;
    if (stream === null || stream.errored) return;
    await new Promise<void>((done) => {
      stream.once('error', () => done());
      stream.end(done);
    });
  }
}
