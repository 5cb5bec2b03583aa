/**
 * What evaluations are drawn from, and the run's sample sheets: the latest one, and who wants to hear of it. The networks of
 * the latest sheet are kept, so that a picture that the presenter asks for is of the same generator as what is seen.
 */
import { networkFrame, type Frame, type ModelPlan, type NetworkState, type PhaseName } from '@gantry/shared';
import type { Archive } from './archive.ts';
import type { Sheet } from './sheet.ts';

/** Networks as they are to be evaluated. */
export interface Captured {
  readonly version: number;
  /** Iterations done. */
  readonly iteration: number;
  /** The moving average. */
  readonly generator: NetworkState;
  /** For sheets of 2-D data, which show it; null for others. */
  readonly discriminator: NetworkState | null;
}

export class Sheets {
  readonly #archive: Archive;
  readonly #model: ModelPlan;
  readonly #incarnation: number;
  /** For the sheets that are still to be drawn, by iteration. */
  readonly #captured = new Map<number, Captured>();
  readonly #listeners = new Set<(sheet: Sheet) => void>();
  readonly #iterations: number[];
  #latest: Sheet | null = null;
  #kept: Captured | null = null;

  /** @param earlier - iterations of the sheets that earlier incarnations drew, ascending */
  constructor(archive: Archive, model: ModelPlan, incarnation: number, earlier: readonly number[]) {
    this.#archive = archive;
    this.#model = model;
    this.#incarnation = incarnation;
    this.#iterations = [...earlier];
  }

  /** Of all sheets of the run, ascending. */
  get iterations(): readonly number[] {
    return this.#iterations;
  }

  get latest(): Sheet | null {
    return this.#latest;
  }

  /** What pictures are drawn from; null before the first sheet of this incarnation. */
  get kept(): Captured | null {
    return this.#kept;
  }

  onSheet(listener: (sheet: Sheet) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** For the sheet of its iteration. */
  capture(captured: Captured): void {
    this.#captured.set(captured.iteration, captured);
  }

  /** For pictures, until the next sheet comes. */
  keep(captured: Captured): void {
    this.#kept = captured;
  }

  /** What the sheet of an iteration is drawn from; null where nothing was kept for it. */
  of(iteration: number): Captured | null {
    return this.#captured.get(iteration) ?? null;
  }

  /** What a worker needs to evaluate a network. */
  frame(network: PhaseName, state: NetworkState, version: number): Uint8Array<ArrayBuffer> {
    const kind = network === 'generator' ? 'ema' : 'discriminator';
    const place = { incarnation: this.#incarnation, version, lease: 0 };
    return networkFrame(kind, network, this.#model[network], state, place);
  }

  /** A sheet has come: those before it are not wanted any more. */
  accept(frame: Frame | null, iteration: number): void {
    this.#kept = this.#captured.get(iteration) ?? this.#kept;
    for (const older of this.#captured.keys()) if (older <= iteration) this.#captured.delete(older);
    if (frame === null) return;
    this.#archive.sheet(frame, iteration, (sheet) => {
      if (this.#latest && this.#latest.iteration > iteration) return;
      this.#latest = sheet;
      // The last one of an incarnation may be the first of the next.
      if (this.#iterations.at(-1) !== iteration) this.#iterations.push(iteration);
      for (const listener of this.#listeners) listener(sheet);
    });
  }
}
