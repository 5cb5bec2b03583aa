/**
 * `events.jsonl`: one line a step and a happening, loadable by pandas as it is. After a crash the steps since
 * the last checkpoint are computed, and logged, again: of two lines for one version the later counts.
 *
 * While it cannot be written, lines wait, so many and no more, and each new line is another try. Half a line, which a
 * crash or a full disk may leave, is cut off before the next one is written.
 */
import { dirname } from 'node:path';
import type { Disk, OpenFile } from './disk.ts';

export interface LogListener {
  /** Told once, until it works again. */
  failed(error: unknown): void;
  /** @param lost - lines that there was no place to keep meanwhile */
  restored(lost: number): void;
}

/** Characters of lines that wait. */
const mostWaiting = 4 * 2 ** 20;
/** Characters that are written at once. */
const mostAtOnce = 2 ** 18;

/** Lines that there was no place for, and the time of the last. */
const none = { lines: 0, last: 0 };

interface Place {
  readonly path: string;
  readonly disk: Disk;
  readonly listener: LogListener;
}

export class EventLog {
  #waiting: string[] = [];
  #waitingLength = 0;
  #lost = none;
  #place: Place | null = null;
  #file: OpenFile | null = null;
  /** Bytes of the file that are whole lines; null: nobody has looked yet. */
  #whole: number | null = null;
  #draining: Promise<void> | null = null;
  #failing = false;

  /** Lines from before wait for this. */
  open(path: string, disk: Disk, listener: LogListener): void {
    this.#place = { path, disk, listener };
    this.#drain();
  }

  /** @param time - milliseconds since 1970 */
  write(time: number, event: { readonly type: string } & Readonly<Record<string, unknown>>): void {
    const line = `${JSON.stringify({ time, ...event })}\n`;
    if (this.#waitingLength + line.length > mostWaiting) {
      this.#lost = { lines: this.#lost.lines + 1, last: time };
    } else {
      this.#wait(line);
    }
    this.#drain();
  }

  /** Resolves when what was logged so far survives a loss of power, or cannot be written. */
  async sync(): Promise<void> {
    await this.#draining;
    try {
      await this.#file?.sync();
    } catch (error) {
      await this.#fail(error);
    }
  }

  /** Tries once more to write what waits. */
  async close(): Promise<void> {
    await this.#draining;
    this.#drain();
    await this.#draining;
    await this.#file?.close();
    this.#file = null;
    this.#place = null;
  }

  #wait(line: string): void {
    this.#waiting.push(line);
    this.#waitingLength += line.length;
  }

  #drain(): void {
    const place = this.#place;
    if (place === null || this.#draining !== null || this.#waiting.length === 0) return;
    this.#draining = this.#writeWaiting(place)
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#draining = null;
      });
  }

  async #writeWaiting(place: Place): Promise<void> {
    await this.#writeAll(place);
    const lost = this.#lost;
    if (lost.lines > 0) {
      // All that there was a place for is written: here the others are missing.
      this.#lost = none;
      this.#wait(`${JSON.stringify({ time: lost.last, type: 'lines-lost', lines: lost.lines })}\n`);
      await this.#writeAll(place);
    }
    if (!this.#failing) return;
    this.#failing = false;
    place.listener.restored(lost.lines);
  }

  async #writeAll(place: Place): Promise<void> {
    while (this.#waiting.length > 0) {
      let count = 0;
      for (let length = 0; count < this.#waiting.length && length < mostAtOnce; count++) {
        length += this.#waiting[count].length;
      }
      const text = this.#waiting.slice(0, count).join('');
      const bytes = Buffer.from(text);
      // oxlint-disable-next-line no-await-in-loop -- one write after the other: that is the order of the lines
      const file = (this.#file ??= await this.#openFile(place));
      // oxlint-disable-next-line no-await-in-loop -- likewise
      await file.write(bytes);
      this.#whole = (this.#whole ?? 0) + bytes.length;
      this.#waiting.splice(0, count);
      this.#waitingLength -= text.length;
    }
  }

  /** What follows the last whole line is cut off. */
  async #openFile({ path, disk }: Place): Promise<OpenFile> {
    const file = await disk.open(path, 'a');
    try {
      const size = await file.size();
      const whole = Math.min(size, this.#whole ?? (await wholeLines(file)));
      if (whole < size) await file.truncate(whole);
      if (this.#whole === null) await disk.syncDirectory(dirname(path));
      this.#whole = whole;
      return file;
    } catch (error) {
      await file.close().catch(() => undefined);
      throw error;
    }
  }

  /** The next line is another try, with the file opened anew. */
  async #fail(thrown: unknown): Promise<void> {
    const file = this.#file;
    this.#file = null;
    try {
      await file?.close();
    } catch {
      // What was wrong with it is told below.
    }
    if (this.#failing) return;
    this.#failing = true;
    this.#place?.listener.failed(thrown);
  }
}

const newline = 0x0a;

/**
 * Bytes up to the end of the last whole line. Where power was lost, a file may have zeros for what had not been
 * synced: what is beyond those came after them.
 */
async function wholeLines(file: OpenFile): Promise<number> {
  const chunk = new Uint8Array(2 ** 20);
  let whole = 0;
  for (let at = 0; ; at += chunk.length) {
    // oxlint-disable-next-line no-await-in-loop -- a file of any length through one buffer
    const found = chunk.subarray(0, await file.read(chunk, at));
    const zero = found.indexOf(0);
    const last = found.subarray(0, zero < 0 ? found.length : zero).lastIndexOf(newline);
    if (last >= 0) whole = at + last + 1;
    if (zero >= 0 || found.length < chunk.length) return whole;
  }
}
