/** Pictures that the presenter's pages ask for: at most the one being drawn and the newest waiting, and who wants to see them. */
import { floatsAt, isPlane, type Frame, type Picture, type RunConfig } from '@gantry/shared';
import type { Captured } from './sheets.ts';

/** What has become of a picture. */
export interface DrawnPicture {
  /** As the page that asked for it calls it. */
  readonly ask: number;
  /** Iterations done by the generator that drew it. */
  readonly iteration: number;
  /** uint8 [samples, height, width, channels] */
  readonly pixels: Uint8Array | null;
  /** float32 [samples, 2] */
  readonly points: Float32Array | null;
}

interface Asked {
  readonly ask: number;
  readonly picture: Picture;
  /** What it is drawn from. */
  readonly from: Captured;
}

export class Pictures {
  readonly #config: RunConfig;
  /** By their numbers in the core. */
  readonly #asked = new Map<number, Asked>();
  readonly #listeners = new Set<(drawn: DrawnPicture) => void>();
  #next = 1;

  constructor(config: RunConfig) {
    this.#config = config;
  }

  onPicture(listener: (drawn: DrawnPicture) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @returns its number in the core */
  add(ask: number, picture: Picture, from: Captured): number {
    const number = this.#next;
    this.#next += 1;
    this.#asked.set(number, { ask, picture, from });
    return number;
  }

  of(number: number): Pick<Asked, 'picture' | 'from'> | null {
    return this.#asked.get(number) ?? null;
  }

  /** @param frame - an `evaluation`, or null for a picture that will not come: those who wait for it are told so */
  finish(number: number, frame: Frame | null): void {
    const asked = this.#asked.get(number);
    this.#asked.delete(number);
    if (asked === undefined) return;
    const { ask, from } = asked;
    const points = isPlane(this.#config.data);
    const drawn = {
      ask,
      iteration: from.iteration,
      pixels: frame === null || points ? null : frame.payload,
      points: frame !== null && points ? floatsAt(frame.payload, 0, frame.payload.length / 4) : null,
    };
    for (const listener of this.#listeners) listener(drawn);
  }

  /** A newer one has overtaken it: nobody waits for it. */
  drop(number: number): void {
    this.#asked.delete(number);
  }
}
