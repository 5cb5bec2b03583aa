/** The largest magnitude in a window; NaN where a scale is none that an encoder writes. See the formats in src/codec. */
import { largestMagnitude, padWithZeros } from './numbers';
import { numberOfHalf } from './float16';

/** @returns NaN where a number is none */
export function largestFloat32(numbers: usize, length: i32): f32 {
  padWithZeros(numbers, length);
  return reinterpret<f32>(largestMagnitude(numbers, length));
}

/** @param from - runs of 4096 halves */
export function largestFloat16(from: usize, length: i32): f32 {
  let largest: f32 = 0;
  for (; length > 0; length -= 4096) {
    const count = min(length, 4096);
    const bits = load<i32>(from);
    const exponent = bits >>> 23;
    if (exponent << 23 !== bits || exponent < 1 || exponent > 240) return f32.NaN;
    from += 4;
    const end = from + ((<usize>count) << 1);
    // Only the last run can be shorter: what follows it is not of the payload.
    if (count < 4096) memory.fill(end, 0, 16);
    const mask = i16x8.splat(0x7fff);
    let most = i16x8.splat(0);
    for (let at = from; at < end; at += 16) most = i16x8.max_s(most, v128.and(v128.load(at), mask));
    most = i16x8.max_s(most, i8x16.shuffle(most, most, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    most = i16x8.max_s(most, i8x16.shuffle(most, most, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
    most = i16x8.max_s(most, i8x16.shuffle(most, most, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
    const magnitude = numberOfHalf(i16x8.extract_lane_u(most, 0)) * reinterpret<f32>(bits);
    if (magnitude !== magnitude) return magnitude;
    largest = max(largest, magnitude);
    from = (end + 3) & ~3;
  }
  return largest;
}

/** @param from - runs of 256 codes */
export function largestInt8(from: usize, length: i32): f32 {
  let largest: f32 = 0;
  for (; length > 0; length -= 256) {
    const count = min(length, 256);
    const scale = load<f32>(from);
    if (!(scale >= 0)) return f32.NaN;
    from += 4;
    const end = from + <usize>count;
    if (count < 256) memory.fill(end, 0, 16);
    let most = i8x16.splat(0);
    for (let at = from; at < end; at += 16) most = i8x16.max_u(most, i8x16.abs(v128.load(at)));
    most = i8x16.max_u(most, i8x16.shuffle(most, most, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    most = i8x16.max_u(most, i8x16.shuffle(most, most, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
    most = i8x16.max_u(most, i8x16.shuffle(most, most, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
    most = i8x16.max_u(most, i8x16.shuffle(most, most, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14));
    const magnitude = <f32>i8x16.extract_lane_u(most, 0) * scale;
    // Of an endless scale, 0 times it.
    if (magnitude !== magnitude) return magnitude;
    largest = max(largest, magnitude);
    from = (end + 3) & ~3;
  }
  return largest;
}
