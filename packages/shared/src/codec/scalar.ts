/** Codecs of runs in plain TypeScript: what SIMD must equal to the bit, and what does its work where there is none. */
import type { Address } from '../random/philox.ts';
import type { Codec } from './codec.ts';
import { bytesOf, windowLength, type Runs } from './runs.ts';

/** How up to `windowLength` numbers, whole runs but for the last, are encoded and decoded. */
export interface ScalarFormat extends Runs {
  /**
   * @param first - index of values[0] in its payload
   * @param into - bytesOf(values.length) bytes
   */
  encode(values: Float32Array, into: Uint8Array<ArrayBuffer>, first: number, rounding: Address): void;
  decode(from: Uint8Array<ArrayBuffer>, out: Float32Array): void;
  /** @returns NaN where a scale is none that is encoded, or a number is none */
  largest(from: Uint8Array<ArrayBuffer>, length: number): number;
}

/** Calls `visit` for each window of a payload of `length` numbers, with the bytes that belong to it. */
export function eachWindow(
  runs: Runs,
  payload: Uint8Array<ArrayBuffer>,
  length: number,
  visit: (bytes: Uint8Array<ArrayBuffer>, start: number, end: number) => void,
): void {
  let at = 0;
  for (let start = 0; start < length; start += windowLength) {
    const end = Math.min(start + windowLength, length);
    const next = at + bytesOf(runs, end - start);
    visit(payload.subarray(at, next), start, end);
    at = next;
  }
}

export function scalarCodec(format: ScalarFormat): Codec {
  const decoded = new Float32Array(windowLength);
  return {
    name: format.name,
    bytes: (length) => bytesOf(format, length),
    encode(values, into, rounding) {
      eachWindow(format, into, values.length, (bytes, start, end) => {
        format.encode(values.subarray(start, end), bytes, start, rounding);
      });
    },
    decode(from, out) {
      eachWindow(format, from, out.length, (bytes, start, end) => {
        format.decode(bytes, out.subarray(start, end));
      });
    },
    addTo(from, total) {
      eachWindow(format, from, total.length, (bytes, start, end) => {
        format.decode(bytes, decoded.subarray(0, end - start));
        for (let i = start; i < end; i++) total[i] += decoded[i - start];
      });
    },
    subtractFrom(from, values) {
      eachWindow(format, from, values.length, (bytes, start, end) => {
        format.decode(bytes, decoded.subarray(0, end - start));
        for (let i = start; i < end; i++) values[i] -= decoded[i - start];
      });
    },
    largest(from, length) {
      let largest = 0;
      eachWindow(format, from, length, (bytes, start, end) => {
        largest = Math.max(largest, format.largest(bytes, end - start));
      });
      return largest;
    },
  };
}
