/**
 * `float16`: half precision (IEEE 754 binary16), rounded to nearest even.
 *
 *   run of up to 4096 numbers: f32 scale · u16 half of each number / scale · zeros up to a multiple of 4 bytes
 *
 * Sums over a batch may be far outside of what halves hold (6e-8 to 65504). So each run has a scale, a power of two,
 * which brings its largest magnitude to [2^14, 2^15): nothing overflows, numbers down to 2^-28 of the largest have a
 * relative error of 2^-11 at most, and smaller ones lose bits one by one.
 */
import { bitsOf, floatOf, infinityBits, largestMagnitude, nanBits, padded } from './runs.ts';
import type { ScalarFormat } from './scalar.ts';

export const float16Run = 4096;

/** Exponents of scales, as float32 holds them (with 127 added): that of the smallest normal number, and of 2^113. */
const lowestExponent = 1;
const highestExponent = 240;
/** 127 + 14, so that the largest number has the exponent 14 in units of the scale. */
const exponentShift = 14;
/** At the highest scale what is rounded up to 2^15 would be 2^128, which float32 does not have. */
const belowTop = 32752;
const largestHalf = 65504;

/** @param y - float32, at most 65504 in magnitude @returns the 16 bits of the nearest half */
export function halfOf(y: number): number {
  const bits = bitsOf(y);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  // Below 2^-14 halves lie 2^-24 apart, like float32 numbers in [0.5, 1): adding 0.5 rounds.
  if (magnitude < 0x38800000) return sign | (bitsOf(Math.abs(y) + 0.5) - 0x3f000000);
  // Half of the last place, but a bit less where the place before is even; then the exponent is 112 lower.
  return sign | ((magnitude + 0xfff + ((magnitude >>> 13) & 1) - 0x38000000) >>> 13);
}

/** @param half - 16 bits @returns its number, with Infinity and NaN where the exponent says so */
export function numberOf(half: number): number {
  const magnitude = half & 0x7fff;
  let number: number;
  if (magnitude < 0x400) number = magnitude * 2 ** -24;
  else number = floatOf((magnitude << 13) + (magnitude < 0x7c00 ? 0x38000000 : 0x70000000));
  return half & 0x8000 ? -number : number;
}

/** The bits of a run's scale. @param largest - bits of its largest magnitude, finite */
const scaleBits = (largest: number): number =>
  Math.max(lowestExponent, (largest >>> 23) - exponentShift) << 23;

/** Powers of two, as `scaleBits` makes them; a scale that is none becomes NaN, and all of its run with it. */
function scaleOf(bits: number): number {
  const exponent = bits >>> 23;
  const right = exponent << 23 === bits && exponent >= lowestExponent && exponent <= highestExponent;
  return right ? floatOf(bits) : NaN;
}

export const float16Format: ScalarFormat = {
  name: 'float16',
  runLength: float16Run,
  runBytes: (length) => 4 + padded(2 * length),

  encode(values, into) {
    const magnitudes = new Uint32Array(values.buffer, values.byteOffset, values.length);
    const words = new Uint32Array(into.buffer, into.byteOffset, into.length >>> 2);
    const halves = new Uint16Array(into.buffer, into.byteOffset, into.length >>> 1);
    let at = 0;
    for (let start = 0; start < values.length; start += float16Run) {
      const end = Math.min(start + float16Run, values.length);
      const largest = largestMagnitude(magnitudes, start, end);
      const finite = largest < infinityBits;
      const scale = finite ? scaleBits(largest) : nanBits;
      words[at >>> 1] = scale;
      at += 2;
      // A power of two between 2^-113 and 2^126, so multiplying by it is exact but for what rounds to zero anyway.
      const factor = floatOf((254 << 23) - scale);
      const limit = scale >>> 23 === highestExponent ? belowTop : largestHalf;
      for (let i = start; i < end; i++, at++) {
        const y = values[i] * factor;
        halves[at] = finite ? halfOf(Math.min(limit, Math.max(-limit, y))) : 0;
      }
      if (at & 1) halves[at++] = 0;
    }
  },

  decode(from, out) {
    const words = new Uint32Array(from.buffer, from.byteOffset, from.length >>> 2);
    const halves = new Uint16Array(from.buffer, from.byteOffset, from.length >>> 1);
    let at = 0;
    for (let start = 0; start < out.length; start += float16Run) {
      const end = Math.min(start + float16Run, out.length);
      const scale = scaleOf(words[at >>> 1]);
      at += 2;
      for (let i = start; i < end; i++, at++) out[i] = numberOf(halves[at]) * scale;
      at += at & 1;
    }
  },

  largest(from, length) {
    const words = new Uint32Array(from.buffer, from.byteOffset, from.length >>> 2);
    const halves = new Uint16Array(from.buffer, from.byteOffset, from.length >>> 1);
    let largest = 0;
    let at = 0;
    for (let start = 0; start < length; start += float16Run) {
      const end = Math.min(start + float16Run, length);
      const scale = scaleOf(words[at >>> 1]);
      at += 2;
      let most = 0;
      for (let i = start; i < end; i++, at++) most = Math.max(most, halves[at] & 0x7fff);
      largest = Math.max(largest, Math.fround(numberOf(most) * scale));
      at += at & 1;
    }
    return largest;
  },
};
