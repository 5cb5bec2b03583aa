/** The run's sample sheets: what each is to be drawn from, the latest one, and who wants to hear of it. */
import { networkFrame, type Frame, type NetworkPlan, type NetworkState } from '@gantry/shared';
import type { Archive } from './archive.ts';
import type { Sheet } from './sheet.ts';

export class Sheets {
  readonly #archive: Archive;
  readonly #generator: NetworkPlan;
  /** Moving averages for the sheets that are still to be drawn, by iteration. */
  readonly #captured = new Map<number, NetworkState>();
  readonly #listeners = new Set<(sheet: Sheet) => void>();
  #latest: Sheet | null = null;

  constructor(archive: Archive, generator: NetworkPlan) {
    this.#archive = archive;
    this.#generator = generator;
  }

  get latest(): Sheet | null {
    return this.#latest;
  }

  onSheet(listener: (sheet: Sheet) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Keeps the generator as it is to be drawn. */
  capture(iteration: number, state: NetworkState): void {
    this.#captured.set(iteration, state);
  }

  /** The frame that whoever draws the sheet needs; null where nothing was kept for it. */
  frame(
    iteration: number,
    place: { readonly incarnation: number; readonly version: number; readonly lease: number },
  ): Uint8Array<ArrayBuffer> | null {
    const captured = this.#captured.get(iteration);
    return captured === undefined ? null : networkFrame('ema', 'generator', this.#generator, captured, place);
  }

  /** A sheet has come: those before it are not wanted any more. */
  accept(frame: Frame | null, iteration: number): void {
    for (const older of this.#captured.keys()) if (older <= iteration) this.#captured.delete(older);
    if (frame === null) return;
    this.#archive.sheet(frame, iteration, (sheet) => {
      if (this.#latest && this.#latest.iteration > iteration) return;
      this.#latest = sheet;
      for (const listener of this.#listeners) listener(sheet);
    });
  }
}
