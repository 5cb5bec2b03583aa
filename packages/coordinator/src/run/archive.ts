/**
 * What a run leaves in its directory. Files are written one after the other, beside training; what fails is
 * told, training goes on, and the next of its kind is another try.
 */
import { errorText, type Frame, type RunConfig, type RunSummary, type Tensor } from '@gantry/shared';
import type { Outcome } from '../core/types.ts';
import { removeOlder, writeCheckpoint, type CheckpointRecord } from './checkpoint.ts';
import type { RunDirectory } from './directory.ts';
import { EventLog } from './event-log.ts';
import type { LetIn } from './registry.ts';
import { drawSheet, type Sheet } from './sheet.ts';

/** Tells the presenter, at the terminal, what they should know, in a sentence. */
export type Notice = (sentence: string) => void;

export type LogEntry = { readonly type: string } & Readonly<Record<string, unknown>>;

/** What is written, in a sentence: trouble with each is told once, until it is over. */
type Kind = 'checkpoints' | 'sample sheets' | 'summary.json' | 'workers.json' | 'old checkpoints';

export class Archive {
  readonly #directory: RunDirectory;
  readonly #config: RunConfig;
  readonly #notice: Notice;
  readonly #heard: (entry: LogEntry) => void;
  readonly #date: () => number;
  readonly #events = new EventLog();
  #begin!: () => void; // set by the executor below, which runs at once
  #writing = new Promise<void>((begin) => {
    this.#begin = begin;
  });
  #checkpointWaiting = false;
  #workersWaiting = false;
  /** How often in a row each could not be written, where it could not. */
  readonly #failures = new Map<Kind, number>();
  #lastCheckpoint: string | null;
  #unsaved: string | null = null;

  /**
   * @param heard - told of each entry of the log
   * @param date - milliseconds since 1970
   */
  constructor(
    directory: RunDirectory,
    config: RunConfig,
    notice: Notice,
    lastCheckpoint: string | null,
    heard: (entry: LogEntry) => void = () => undefined,
    date: () => number = () => Date.now(),
  ) {
    this.#directory = directory;
    this.#config = config;
    this.#notice = notice;
    this.#heard = heard;
    this.#date = date;
    this.#lastCheckpoint = lastCheckpoint;
  }

  /** Path of the latest checkpoint written, if any was. */
  get lastCheckpoint(): string | null {
    return this.#lastCheckpoint;
  }

  /** Why the latest checkpoint asked for could not be written; null where it could. */
  get unsaved(): string | null {
    return this.#unsaved;
  }

  /** Until this is called nothing is written: it waits. */
  open(): void {
    this.#events.open(this.#directory.events, this.#directory.disk, {
      failed: (error) =>
        this.#notice(
          `Could not write events.jsonl (${errorText(error)}). Training goes on; its lines wait, and are tried again.`,
        ),
      restored: (lost) =>
        this.#notice(
          `Writing events.jsonl works again; ${lost === 0 ? 'no line is' : `${lost} lines that could not wait are`} lost.`,
        ),
    });
    this.#begin();
  }

  log(entry: LogEntry): void {
    this.#events.write(this.#date(), entry);
    this.#heard(entry);
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
    const { checkpoints, disk } = this.#directory;
    const { version, position } = record;
    this.#write('checkpoints', `write the checkpoint of version ${version}`, async () => {
      this.#checkpointWaiting = false;
      // First the lines of its steps: what a crash leaves of the log goes as far at least.
      await this.#events.sync();
      this.#lastCheckpoint = await writeCheckpoint(checkpoints, record, copies, disk);
      this.log({
        type: 'checkpoint',
        version,
        iteration: position.iteration,
        microbatches: Object.fromEntries(
          record.workers.flatMap(({ id, microbatches }) => (microbatches > 0 ? [[id, microbatches]] : [])),
        ),
      });
    });
    this.#write('old checkpoints', 'remove old checkpoints', async () => {
      // Only once the new one is safe.
      if (this.#unsaved === null) await removeOlder(checkpoints, version, this.#config.checkpoint.keep, disk);
    });
  }

  /** @param drawn - told when the sheet is on disk */
  sheet(frame: Frame, iteration: number, drawn: (sheet: Sheet) => void): void {
    this.#write('sample sheets', `write the sample sheet of iteration ${iteration}`, async () => {
      const { samples, disk } = this.#directory;
      const sheet = await drawSheet(this.#config, frame, iteration, samples, disk);
      this.log({ type: 'sheet', iteration, file: sheet.file, ...sheet.score });
      drawn(sheet);
    });
  }

  /** @param all - who has been let in: asked when it is written, so that many who come at once are written at once */
  workers(all: () => Iterable<LetIn>): void {
    if (this.#workersWaiting) return;
    this.#workersWaiting = true;
    this.#write('workers.json', 'write workers.json', async () => {
      this.#workersWaiting = false;
      await this.#directory.writeWorkers([...all()]);
    });
  }

  /** Resolves when all that was asked for so far is written, or has failed. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async close(summary: RunSummary, outcome: Outcome): Promise<void> {
    if (outcome === 'complete') {
      this.#write('summary.json', 'write summary.json', () => this.#directory.writeSummary(summary));
    }
    this.log({ type: outcome === 'complete' ? 'finished' : outcome, ...summary });
    await this.#writing;
    await this.#events.close();
  }

  /** @param what - in a sentence, after "could not" */
  #write(kind: Kind, what: string, work: () => Promise<void>): void {
    const attempt = async (): Promise<void> => {
      try {
        await work();
        this.#succeeded(kind);
      } catch (error) {
        this.#failed(kind, what, errorText(error));
      }
    };
    this.#writing = this.#writing.then(attempt);
  }

  #failed(kind: Kind, what: string, reason: string): void {
    const before = this.#failures.get(kind) ?? 0;
    this.#failures.set(kind, before + 1);
    if (kind === 'checkpoints') this.#unsaved = reason;
    this.log({ type: 'write-failed', what, reason });
    if (before > 0) return;
    const last =
      kind !== 'checkpoints'
        ? ''
        : this.#lastCheckpoint === null
          ? ' There is no earlier one.'
          : ` The last good one is ${this.#lastCheckpoint}.`;
    this.#notice(`Could not ${what} (${reason}). Training goes on, and the next one is another try.${last}`);
  }

  #succeeded(kind: Kind): void {
    const failures = this.#failures.get(kind);
    if (kind === 'checkpoints') this.#unsaved = null;
    if (failures === undefined) return;
    this.#failures.delete(kind);
    this.log({ type: 'write-restored', what: kind, failures });
    this.#notice(`Writing ${kind} works again, after it failed ${times(failures)}.`);
  }
}

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);
