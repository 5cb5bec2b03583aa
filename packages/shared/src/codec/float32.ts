/** `float32`: the numbers as they are. */
import type { ScalarFormat } from './scalar.ts';
import { floatOf, largestMagnitude, windowLength } from './runs.ts';

/** Bits are copied, not numbers: what is not a number keeps its bits. */
const wordsOf = (array: Uint8Array<ArrayBuffer> | Float32Array, length: number): Uint32Array =>
  new Uint32Array(array.buffer, array.byteOffset, length);

export const float32Format: ScalarFormat = {
  name: 'float32',
  runLength: windowLength,
  runBytes: (length) => 4 * length,
  encode: (values, into) => wordsOf(into, values.length).set(wordsOf(values, values.length)),
  largest: (from, length) => floatOf(largestMagnitude(wordsOf(from, length), 0, length)),
  decode: (from, out) => wordsOf(out, out.length).set(wordsOf(from, out.length)),
};
