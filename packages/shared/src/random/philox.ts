/**
 * The counter-based generator behind every random number of a run: Philox4x32-10.
 *
 * Source: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3",
 * SC 2011. The tests hold its published known answers.
 *
 * A number is a pure function of its address; nothing is drawn "next". That is what lets any worker
 * compute any microbatch, and compute it again, with the same result.
 */

/** What a random number is for. The value is part of the key: never reuse or renumber one. */
export const purposes = {
  initial: 0,
  latent: 1,
  example: 2,
  permutation: 3,
  sampleLatent: 4,
  sampleExample: 5,
  knownAnswer: 6,
  label: 7,
  sampleLabel: 8,
  dropout: 9,
  mix: 10,
  standing: 11,
  rounding: 12,
  measure: 13,
  split: 14,
  /** Of simulated classes: machines, links, faults. */
  simulation: 64,
} as const;
export type Purpose = keyof typeof purposes;

/** Where a random number lives. All fields are unsigned integers; those left out are 0. */
export interface Address {
  /** The run's seed, 32 bits. */
  readonly seed: number;
  readonly purpose: Purpose;
  /** 0: discriminator phase, 1: generator phase; 8 bits. */
  readonly phase?: number;
  /** The step of that phase, 32 bits. */
  readonly step?: number;
  /** Index of the example in the global batch, 32 bits. */
  readonly example?: number;
  /** Layer, 16 bits, for noise inside a network. */
  readonly layer?: number;
  /** Pass through that layer, 32 bits. */
  readonly pass?: number;
}

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9; // golden ratio
const W1 = 0xbb67ae85; // sqrt(3) - 1

/** High 32 bits of the 64-bit product of two unsigned 32-bit integers. */
function multiplyHigh(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const carry = (middle & 0xffff) + a0 * b1;
  return (a1 * b1 + (middle >>> 16) + (carry >>> 16)) >>> 0;
}

/** One block: four 32-bit words from a 128-bit counter and a 64-bit key, written to `out[at..at+4]`. */
export function philox(
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  key0: number,
  key1: number,
  out: Uint32Array,
  at = 0,
): void {
  let k0 = key0;
  let k1 = key1;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(M0, c0);
    const high1 = multiplyHigh(M1, c2);
    const low0 = Math.imul(M0, c0);
    const low1 = Math.imul(M1, c2);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c1 = low1 >>> 0;
    c3 = low0 >>> 0;
    k0 = (k0 + W0) >>> 0;
    k1 = (k1 + W1) >>> 0;
  }
  out[at] = c0;
  out[at + 1] = c1;
  out[at + 2] = c2;
  out[at + 3] = c3;
}

/** The second word of an address's key: purpose, phase, layer. The first is the seed. */
export const philoxKey = ({ purpose, phase = 0, layer = 0 }: Address): number =>
  (purposes[purpose] | (phase << 8) | (layer << 16)) >>> 0;

/** Fills `out` with the 32-bit words at `address`: key (seed; purpose, phase, layer), counter (block, example, step, pass). */
export function randomWords(address: Address, out: Uint32Array): Uint32Array {
  const key1 = philoxKey(address);
  const whole = out.length & ~3;
  const { seed, example = 0, step = 0, pass = 0 } = address;
  for (let at = 0; at < whole; at += 4) philox(at >>> 2, example, step, pass, seed, key1, out, at);
  if (whole < out.length) {
    philox(whole >>> 2, example, step, pass, seed, key1, tail);
    for (let at = whole; at < out.length; at++) out[at] = tail[at - whole];
  }
  return out;
}
const tail = new Uint32Array(4);
