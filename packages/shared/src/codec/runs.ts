/**
 * `float32`, `float16` and `int8` encode numbers in runs: each run by itself, one behind the other. So a payload can
 * be worked on in windows of whole runs that stay in the nearest cache, whatever its length.
 */
import type { CodecName } from './codec.ts';

export interface Runs {
  readonly name: CodecName;
  /** Numbers of a run; the last run of a payload may be shorter. A divisor of `windowLength`. */
  readonly runLength: number;
  /** Bytes of a run of `length` numbers; a multiple of 4. */
  runBytes(length: number): number;
}

/** Numbers that are worked on at a time: 32 KiB as float32. */
export const windowLength = 8192;

/** Bytes of `length` numbers; for a whole number of runs also the place where the next run begins. */
export function bytesOf(runs: Runs, length: number): number {
  const whole = Math.floor(length / runs.runLength);
  const rest = length - whole * runs.runLength;
  return whole * runs.runBytes(runs.runLength) + (rest === 0 ? 0 : runs.runBytes(rest));
}

/** The next multiple of 4. */
export const padded = (bytes: number): number => (bytes + 3) & ~3;

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/** The float32 number with these bits. */
export function floatOf(bits: number): number {
  word[0] = bits;
  return float[0];
}

/** The bits of `value` as a float32 number. */
export function bitsOf(value: number): number {
  float[0] = value;
  return word[0];
}

/** The bits of a float32 number without its sign order magnitudes, with Infinity and then NaN on top. */
export const magnitudeMask = 0x7fffffff;
export const infinityBits = 0x7f800000;
export const nanBits = 0x7fc00000;

/** The bits of the largest magnitude in values[start..end). */
export function largestMagnitude(bits: Uint32Array, start: number, end: number): number {
  let largest = 0;
  for (let i = start; i < end; i++) {
    const magnitude = bits[i] & magnitudeMask;
    if (magnitude > largest) largest = magnitude;
  }
  return largest;
}
