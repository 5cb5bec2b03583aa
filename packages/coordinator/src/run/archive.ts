/**
 * What a run leaves in its directory. Files are written one after the other, beside training; what fails is
 * told, and training goes on.
 */
import { errorText, type Frame, type RunConfig, type RunSummary, type Tensor } from '@gantry/shared';
import type { Outcome } from '../core/types.ts';
import { writeCheckpoint, type CheckpointRecord } from './checkpoint.ts';
import type { RunDirectory } from './directory.ts';
import { EventLog } from './event-log.ts';
import { drawSheet, type Sheet } from './sheet.ts';

/** Tells the person who runs the class what they should know, in a sentence. */
export type Notice = (sentence: string) => void;

export type LogEntry = { readonly type: string } & Readonly<Record<string, unknown>>;

export class Archive {
  readonly #directory: RunDirectory;
  readonly #config: RunConfig;
  readonly #notice: Notice;
  readonly #events = new EventLog();
  #writing: Promise<void> = Promise.resolve();
  #checkpointWaiting = false;
  #lastCheckpoint: string | null;

  constructor(directory: RunDirectory, config: RunConfig, notice: Notice, lastCheckpoint: string | null) {
    this.#directory = directory;
    this.#config = config;
    this.#notice = notice;
    this.#lastCheckpoint = lastCheckpoint;
  }

  /** Path of the latest checkpoint written, if any was. */
  get lastCheckpoint(): string | null {
    return this.#lastCheckpoint;
  }

  /** Until this is called nothing is written; entries of the log wait. */
  open(): void {
    this.#events.open(this.#directory.events, (error) =>
      this.#notice(`events.jsonl cannot be written (${error.message}). Training goes on without it.`),
    );
  }

  log(entry: LogEntry): void {
    this.#events.write(Date.now(), entry);
  }

  /**
   * @param must - write it even if the disk has not done with the one before: where it is slower than training,
   *   others are left out
   * @param tensors - makes copies, which training does not touch
   */
  checkpoint(record: CheckpointRecord, tensors: () => ReadonlyMap<string, Tensor>, must: boolean): void {
    if (this.#checkpointWaiting && !must) return;
    this.#checkpointWaiting = true;
    const copies = tensors();
    this.#write(`the checkpoint of version ${record.version}`, async () => {
      this.#checkpointWaiting = false;
      const { keep } = this.#config.checkpoint;
      this.#lastCheckpoint = await writeCheckpoint(this.#directory.checkpoints, record, copies, keep);
      this.log({ type: 'checkpoint', version: record.version, iteration: record.position.iteration });
    });
  }

  /** @param drawn - told when the sheet is on disk */
  sheet(frame: Frame, iteration: number, drawn: (sheet: Sheet) => void): void {
    this.#write(`the sample sheet of iteration ${iteration}`, async () => {
      const sheet = await drawSheet(this.#config, frame, iteration, this.#directory.samples);
      this.log({ type: 'sheet', iteration, file: sheet.file, ...sheet.score });
      drawn(sheet);
    });
  }

  /** Resolves when all that was asked for so far is written, or has failed. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async close(summary: RunSummary, outcome: Outcome): Promise<void> {
    if (outcome === 'complete') this.#write('summary.json', () => this.#directory.writeSummary(summary));
    this.log({ type: outcome === 'complete' ? 'finished' : outcome, ...summary });
    await this.#writing;
    await this.#events.close();
  }

  #write(what: string, work: () => Promise<void>): void {
    this.#writing = this.#writing.then(work).catch((error: unknown) => {
      this.#notice(`Could not write ${what} (${errorText(error)}). Training goes on.`);
      this.log({ type: 'write-failed', what, reason: errorText(error) });
    });
  }
}
