/** xxHash32's loop (https://xxhash.com): its four lanes are those of a vector. */

/**
 * @param from - bytes, a multiple of 16
 * @param lanes - u32 [4], read and written
 */
export function hashStripes(from: usize, bytes: i32, lanes: usize): void {
  const end = from + <usize>bytes;
  let state = v128.load(lanes);
  for (; from < end; from += 16) {
    const sum = i32x4.add(state, i32x4.mul(v128.load(from), i32x4.splat(0x85ebca77)));
    const turned = v128.or(i32x4.shl(sum, 13), i32x4.shr_u(sum, 19));
    state = i32x4.mul(turned, i32x4.splat(0x9e3779b1));
  }
  v128.store(lanes, state);
}
