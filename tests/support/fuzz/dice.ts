/** Seeded choices: the same ones for the same seed. */
import { uniforms } from '../../../packages/shared/test/support/numbers.ts';

export class Dice {
  readonly #next: () => number;
  constructor(seed: number) {
    this.#next = uniforms(seed);
  }

  /** An integer from 0 to `below` - 1. */
  under(below: number): number {
    return Math.floor(below * this.#next());
  }
  chance(of: number): boolean {
    return this.#next() < of;
  }
  pick<T>(from: readonly T[]): T {
    return from[this.under(from.length)];
  }
  word(): number {
    return Math.floor(2 ** 32 * this.#next());
  }
  bytes(length: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length }, () => this.under(256));
  }
}
