/**
 * `int8`: one signed byte a number, rounded up or down by chance such that the mean is right: errors of many updates
 * cancel instead of adding up. D. Alistarh, D. Grubic, J. Li, R. Tomioka, M. Vojnovic, "QSGD: communication-efficient
 * SGD via gradient quantization and encoding", NeurIPS 2017.
 *
 *   run of up to 256 numbers: f32 scale · i8 code of each number, in [-127, 127] · zeros up to a multiple of 4 bytes
 *
 * A number is code · scale; scale is the largest magnitude of the run / 127. The chance comes from the counter-based
 * generator: number i is rounded by the i-th 16 bits of the words at the address of the payload. 16 bits are enough:
 * the mean is off by 2^-17 of a scale at most, some 30,000 times less than a single rounding.
 */
import { philoxKey, philox, type Address } from '../random/philox.ts';
import { bitsOf, floatOf, infinityBits, largestMagnitude, nanBits, padded } from './runs.ts';
import type { ScalarFormat } from './scalar.ts';

export const int8Run = 256;
const largestCode = 127;

/**
 * The bits of a run's scale: the smallest float32 number of which 127 times reaches the largest magnitude, so that no
 * code lies beyond 127; a step less where 127 times would be Infinity.
 *
 * @param largest - bits of the largest magnitude, finite
 */
export function int8Scale(largest: number): number {
  const magnitude = floatOf(largest);
  let bits = bitsOf(magnitude / largestCode);
  if (floatOf(bits) * largestCode < magnitude) bits += 1;
  if (Math.fround(floatOf(bits) * largestCode) === Infinity) bits -= 1;
  return bits;
}

/** Rounds to the nearest integer, ties to even, what is below 2^51 in magnitude. */
const nearest = (x: number): number => x + 1.5 * 2 ** 52 - 1.5 * 2 ** 52;

/**
 * floor(q) or floor(q) + 1, the latter with the probability q − floor(q), in steps of 2^-16.
 *
 * @param q - float32, at most 127 in magnitude, or half a step more where the scale is the largest there is: that rounds
 *   to 127 as well
 * @param chance - 16 random bits
 */
const roundByChance = (q: number, chance: number): number => (nearest(q * 65536) + chance) >> 16;

const words = new Uint32Array(int8Run / 2);
const chances = new Uint16Array(words.buffer);

/** The random numbers of the run that begins with number `start` of its payload. */
function drawChances(start: number, length: number, address: Address): void {
  const { seed, example = 0, step = 0, pass = 0 } = address;
  const key1 = philoxKey(address);
  // A block of the generator has 128 bits, for 8 numbers.
  for (let i = 0; i < length; i += 8)
    philox((start + i) >>> 3, example, step, pass, seed, key1, words, i >>> 1);
}

export const int8Format: ScalarFormat = {
  name: 'int8',
  runLength: int8Run,
  runBytes: (length) => 4 + padded(length),

  encode(values, into, first, rounding) {
    const magnitudes = new Uint32Array(values.buffer, values.byteOffset, values.length);
    const scales = new Uint32Array(into.buffer, into.byteOffset, into.length >>> 2);
    let at = 0;
    for (let start = 0; start < values.length; start += int8Run) {
      const end = Math.min(start + int8Run, values.length);
      const largest = largestMagnitude(magnitudes, start, end);
      const finite = largest < infinityBits;
      const bits = finite ? int8Scale(largest) : nanBits;
      scales[at >>> 2] = bits;
      at += 4;
      const scale = floatOf(bits);
      if (finite && largest > 0) {
        drawChances(first + start, end - start, rounding);
        for (let i = start; i < end; i++) {
          into[at++] = roundByChance(Math.fround(values[i] / scale), chances[i - start]);
        }
      } else {
        into.fill(0, at, at + end - start);
        at += end - start;
      }
      while (at & 3) into[at++] = 0;
    }
  },

  decode(from, out) {
    const scales = new Float32Array(from.buffer, from.byteOffset, from.length >>> 2);
    const codes = new Int8Array(from.buffer, from.byteOffset, from.length);
    let at = 0;
    for (let start = 0; start < out.length; start += int8Run) {
      const end = Math.min(start + int8Run, out.length);
      const found = scales[at >>> 2];
      const scale = found >= 0 ? found : NaN; // no encoder writes a negative one
      at += 4;
      for (let i = start; i < end; i++, at++) out[i] = codes[at] * scale;
      at = padded(at);
    }
  },

  largest(from, length) {
    const scales = new Float32Array(from.buffer, from.byteOffset, from.length >>> 2);
    const codes = new Int8Array(from.buffer, from.byteOffset, from.length);
    let largest = 0;
    let at = 0;
    for (let start = 0; start < length; start += int8Run) {
      const end = Math.min(start + int8Run, length);
      const found = scales[at >>> 2];
      const scale = found >= 0 ? found : NaN;
      at += 4;
      let most = 0;
      for (let i = start; i < end; i++, at++) most = Math.max(most, Math.abs(codes[at]));
      largest = Math.max(largest, Math.fround(most * scale));
      at = padded(at);
    }
    return largest;
  },
};
