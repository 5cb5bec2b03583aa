/** `float16`: see src/codec/float16.ts, which this equals to the bit. */
import { largestMagnitude, padWithZeros } from './numbers';

const run: i32 = 4096;

/** @param numbers - float32 [length], whole runs but for the last @param into - has room for the encoded runs */
export function encodeFloat16(numbers: usize, length: i32, into: usize): void {
  padWithZeros(numbers, length);
  for (; length > 0; length -= run) {
    const count = min(length, run);
    const largest = largestMagnitude(numbers, count);
    const finite = largest < 0x7f800000;
    const exponent = max((largest >> 23) - 14, 1);
    store<i32>(into, finite ? exponent << 23 : 0x7fc00000);
    into += 4;
    const bytes = (((<usize>count) << 1) + 3) & ~3;
    if (finite) {
      const factor = f32x4.splat(reinterpret<f32>((254 - exponent) << 23));
      const limit = i32x4.splat(reinterpret<i32>(<f32>(exponent === 240 ? 32752 : 65504)));
      const end = numbers + ((<usize>count) << 2);
      let at = into;
      for (let from = numbers; from < end; from += 32, at += 16) {
        const low = halves(f32x4.mul(v128.load(from), factor), limit);
        const high = halves(f32x4.mul(v128.load(from, 16), factor), limit);
        v128.store(at, i16x8.narrow_i32x4_u(low, high));
      }
    } else {
      memory.fill(into, 0, bytes);
    }
    numbers += (<usize>count) << 2;
    into += bytes;
  }
}

/** The 16 bits of the nearest halves, each in 32. @param limit - bits of the largest magnitude allowed */
function halves(y: v128, limit: v128): v128 {
  const bits = y;
  const sign = v128.and(i32x4.shr_u(bits, 16), i32x4.splat(0x8000));
  const magnitude = i32x4.min_s(v128.and(bits, i32x4.splat(0x7fffffff)), limit);
  // Below 2^-14 halves lie 2^-24 apart, like float32 numbers in [0.5, 1): adding 0.5 rounds.
  const small = i32x4.sub(f32x4.add(magnitude, f32x4.splat(0.5)), i32x4.splat(0x3f000000));
  const odd = v128.and(i32x4.shr_u(magnitude, 13), i32x4.splat(1));
  const large = i32x4.shr_u(i32x4.add(i32x4.add(magnitude, odd), i32x4.splat(0xfff - 0x38000000)), 13);
  const isSmall = i32x4.lt_s(magnitude, i32x4.splat(0x38800000));
  return v128.or(sign, v128.bitselect(small, large, isSmall));
}

/** @param out - float32 [length] */
export function decodeFloat16(from: usize, length: i32, out: usize): void {
  for (; length > 0; length -= run) {
    const count = min(length, run);
    const bits = load<i32>(from);
    from += 4;
    const exponent = bits >>> 23;
    const right = exponent << 23 === bits && exponent >= 1 && exponent <= 240;
    const scale = f32x4.splat(right ? reinterpret<f32>(bits) : f32.NaN);
    const end = out + ((<usize>count) << 2);
    let at = from;
    for (let to = out; to < end; to += 32, at += 16) {
      const packed = v128.load(at);
      v128.store(to, f32x4.mul(numbersOf(i32x4.extend_low_i16x8_s(packed)), scale));
      v128.store(to, f32x4.mul(numbersOf(i32x4.extend_high_i16x8_s(packed)), scale), 16);
    }
    from += (((<usize>count) << 1) + 3) & ~3;
    out += (<usize>count) << 2;
  }
}

/** @param half - 16 bits */
export function numberOfHalf(half: u32): f32 {
  return f32x4.extract_lane(numbersOf(i32x4.splat(half)), 0);
}

/** @param half - 16 bits, sign extended to 32 */
function numbersOf(half: v128): v128 {
  const sign = v128.and(half, i32x4.splat(0x80000000));
  const magnitude = i32x4.shl(v128.and(half, i32x4.splat(0x7fff)), 13);
  const large = i32x4.add(magnitude, i32x4.splat(0x38000000));
  // 2^-14 with the bits of the half behind it, less 2^-14: what they are worth as multiples of 2^-24.
  const small = f32x4.sub(
    i32x4.add(magnitude, i32x4.splat(0x38800000)),
    f32x4.splat(reinterpret<f32>(0x38800000)),
  );
  const number = v128.bitselect(small, large, i32x4.lt_s(magnitude, i32x4.splat(0x400 << 13)));
  // Infinity and NaN keep the highest exponent.
  const special = v128.and(i32x4.ge_s(magnitude, i32x4.splat(0x7c00 << 13)), i32x4.splat(0x38000000));
  return v128.or(sign, i32x4.add(number, special));
}
