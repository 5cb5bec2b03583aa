/**
 * `events.jsonl`: one line a step and a happening, loadable by pandas as it is. After a crash the steps since
 * the last checkpoint are computed, and logged, again: of two lines for one version the later counts.
 */
import { createWriteStream, type WriteStream } from 'node:fs';

export class EventLog {
  readonly #stream: WriteStream;
  readonly #failed: (error: Error) => void;

  /** @param failed - told once of a write that failed; training goes on without the log */
  constructor(path: string, failed: (error: Error) => void) {
    this.#failed = failed;
    this.#stream = createWriteStream(path, { flags: 'a' });
    this.#stream.once('error', (error) => this.#failed(error));
  }

  /** @param time - milliseconds since 1970 */
  write(time: number, event: { readonly type: string } & Readonly<Record<string, unknown>>): void {
    if (!this.#stream.errored) this.#stream.write(`${JSON.stringify({ time, ...event })}\n`);
  }

  async close(): Promise<void> {
    if (this.#stream.errored) return;
    await new Promise<void>((done) => {
      this.#stream.once('error', () => done());
      this.#stream.end(done);
    });
  }
}
