/** `int8`: see src/codec/int8.ts, which this equals to the bit. */
import { largestMagnitude, padWithZeros } from './numbers';
import { fourBlocks } from './philox';

const run: i32 = 256;

/** See `int8Scale` in src/codec/int8.ts. */
function scaleOf(largest: i32): f32 {
  const magnitude = reinterpret<f32>(largest);
  let scale = magnitude / 127;
  if (<f64>scale * 127 < <f64>magnitude) scale = reinterpret<f32>(reinterpret<i32>(scale) + 1);
  if (scale * 127 === f32.POSITIVE_INFINITY) scale = reinterpret<f32>(reinterpret<i32>(scale) - 1);
  return scale;
}

/**
 * @param numbers - float32 [length], whole runs but for the last
 * @param into - has room for the encoded runs
 * @param chances - 512 bytes to work in
 * @param first - index of the first number in its payload, a multiple of 256
 * @param example, step, pass, key0, key1 - the address of the random numbers
 */
export function encodeInt8(
  numbers: usize,
  length: i32,
  into: usize,
  chances: usize,
  first: i32,
  example: i32,
  step: i32,
  pass: i32,
  key0: i32,
  key1: i32,
): void {
  padWithZeros(numbers, length);
  for (; length > 0; length -= run, first += run) {
    const count = min(length, run);
    const bytes = (<usize>count + 3) & ~3;
    const largest = largestMagnitude(numbers, count);
    const finite = largest < 0x7f800000;
    const scale = finite ? scaleOf(largest) : f32.NaN;
    store<i32>(into, finite ? reinterpret<i32>(scale) : 0x7fc00000);
    into += 4;
    if (finite && largest > 0) {
      for (let i = 0; i < count; i += 32) {
        fourBlocks(chances + ((<usize>i) << 1), (first + i) >>> 3, example, step, pass, key0, key1);
      }
      const divisor = f32x4.splat(scale);
      for (let i = 0; i < count; i += 16) {
        const from = numbers + ((<usize>i) << 2);
        const by = chances + ((<usize>i) << 1);
        const low = i16x8.shuffle(
          fixedPoint(v128.load(from), divisor, v128.load16x4_u(by)),
          fixedPoint(v128.load(from, 16), divisor, v128.load16x4_u(by, 8)),
          1,
          3,
          5,
          7,
          9,
          11,
          13,
          15,
        );
        const high = i16x8.shuffle(
          fixedPoint(v128.load(from, 32), divisor, v128.load16x4_u(by, 16)),
          fixedPoint(v128.load(from, 48), divisor, v128.load16x4_u(by, 24)),
          1,
          3,
          5,
          7,
          9,
          11,
          13,
          15,
        );
        v128.store(into + <usize>i, i8x16.narrow_i16x8_s(low, high));
      }
    } else {
      memory.fill(into, 0, bytes);
    }
    numbers += (<usize>count) << 2;
    into += bytes;
  }
}

/** x / scale + chance, with 16 bits before the point and 16 behind it: rounded down, the code. */
function fixedPoint(x: v128, scale: v128, chance: v128): v128 {
  const q = f32x4.nearest(f32x4.mul(f32x4.div(x, scale), f32x4.splat(65536)));
  return i32x4.add(i32x4.trunc_sat_f32x4_s(q), chance);
}

/** @param out - float32 [length] */
export function decodeInt8(from: usize, length: i32, out: usize): void {
  for (; length > 0; length -= run) {
    const count = min(length, run);
    const found = load<f32>(from);
    from += 4;
    const scale = f32x4.splat(found >= 0 ? found : f32.NaN);
    for (let i = 0; i < count; i += 16) {
      const codes = v128.load(from + <usize>i);
      const low = i16x8.extend_low_i8x16_s(codes);
      const high = i16x8.extend_high_i8x16_s(codes);
      const to = out + ((<usize>i) << 2);
      v128.store(to, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(low)), scale));
      v128.store(to, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(low)), scale), 16);
      v128.store(to, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(high)), scale), 32);
      v128.store(to, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(high)), scale), 48);
    }
    from += (<usize>count + 3) & ~3;
    out += (<usize>count) << 2;
  }
}
