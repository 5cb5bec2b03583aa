/**
 * TensorBoard's file of a run as it goes on, written beside `events.jsonl` from the same lines, one batch after the other.
 * It is a convenience: where it cannot be written that is told once, and training goes on without it.
 */
import { join } from 'node:path';
import { errorText } from '@gantry/shared';
import sharp from 'sharp';
import type { LogEntry, Notice } from '../run/archive.ts';
import type { RunDirectory } from '../run/directory.ts';
import type { OpenFile } from '../run/disk.ts';
import { courseOf, wholeRun } from '../run/past.ts';
import { versionEvent, type ImageValue } from './event.ts';
import { tfRecord } from './record.ts';
import { eventsOf, type ReadSheet } from './translate.ts';

/** Lines that may wait for the disk. */
const mostWaiting = 10_000;

/** Begins with what TensorBoard looks for in names. Each start of a run has a file of its own. */
export const fileName = (time: number): string =>
  `events.out.tfevents.${String(Math.floor(time / 1000)).padStart(10, '0')}.gantry`;

export const sheetReader =
  ({ samples, disk }: RunDirectory): ReadSheet =>
  async (file) => {
    try {
      const png = await disk.read(join(samples, file));
      const { width, height } = await sharp(png).metadata();
      return { width, height, png } satisfies ImageValue;
    } catch {
      return null;
    }
  };

export class TensorBoardLog {
  readonly #directory: RunDirectory;
  readonly #notice: Notice;
  readonly #readSheet: ReadSheet;
  #waiting: { readonly time: number; readonly entry: LogEntry }[] = [];
  #writing: Promise<void> | null = null;
  #file: OpenFile | null = null;
  /** Or given up. */
  #closed = false;

  constructor(directory: RunDirectory, notice: Notice) {
    this.#directory = directory;
    this.#notice = notice;
    this.#readSheet = sheetReader(directory);
  }

  /** @param time - milliseconds since 1970 */
  hear(entry: LogEntry, time: number): void {
    if (this.#closed) return;
    if (this.#waiting.length >= mostWaiting) {
      this.#fail('the disk does not keep up');
      return;
    }
    this.#waiting.push({ time, entry });
    this.#writing ??= this.#writeWaiting().finally(() => {
      this.#writing = null;
    });
  }

  /** Writes what waits; what is heard later is left out. */
  async close(): Promise<void> {
    await this.#writing;
    this.#closed = true;
    await this.#file?.close().catch((error: unknown) => this.#fail(error));
    this.#file = null;
  }

  async #writeWaiting(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#waiting;
        this.#waiting = [];
        // oxlint-disable-next-line no-await-in-loop -- one batch after the other: that is the order of the file
        await this.#write(batch);
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  async #write(batch: readonly { readonly time: number; readonly entry: LogEntry }[]): Promise<void> {
    this.#file ??= await this.#open(batch[0].time);
    const events = await Promise.all(batch.map(({ entry, time }) => eventsOf(entry, time, this.#readSheet)));
    await this.#file.write(Buffer.concat(events.flat().map(tfRecord)));
  }

  async #open(time: number): Promise<OpenFile> {
    const { tensorBoard, disk } = this.#directory;
    await disk.makeDirectory(tensorBoard);
    return disk.open(join(tensorBoard, fileName(time)), 'a');
  }

  #fail(error: unknown): void {
    this.#closed = true;
    this.#waiting = [];
    this.#notice(
      `Could not write TensorBoard's file (${errorText(error)}). Training goes on without; gantry export --format tensorboard makes it later.`,
    );
  }
}

/** Bytes of a piece of the file, about: a step's record is small, and a sheet's may be large. */
const pieceBytes = 2 ** 20;

/**
 * The file of a run that is over, or stands still, in pieces: it holds each sheet of the run.
 *
 * @throws what the disk throws
 */
export async function* tensorBoardFile(directory: RunDirectory): AsyncGenerator<Uint8Array> {
  const readSheet = sheetReader(directory);
  let records: Uint8Array[] = [];
  let bytes = 0;
  let begun = false;
  for await (const entry of courseOf(directory.events, wholeRun, directory.disk)) {
    const events = await eventsOf(entry, entry.time, readSheet);
    if (!begun) events.unshift(versionEvent(entry.time / 1000));
    begun = true;
    for (const record of events.map(tfRecord)) {
      records.push(record);
      bytes += record.length;
    }
    if (bytes < pieceBytes) continue;
    yield Buffer.concat(records);
    records = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(records);
}
