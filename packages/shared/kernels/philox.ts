/** Philox4x32-10 for four counters at a time: see src/random/philox.ts. */

function low(products: v128, productsToo: v128): v128 {
  return i32x4.shuffle(products, productsToo, 0, 2, 4, 6);
}

function high(products: v128, productsToo: v128): v128 {
  return i32x4.shuffle(products, productsToo, 1, 3, 5, 7);
}

/** Writes the 16 words of the blocks `block` to `block + 3`, in their order. */
export function fourBlocks(
  into: usize,
  block: i32,
  example: i32,
  step: i32,
  pass: i32,
  key0: i32,
  key1: i32,
): void {
  const M0 = i32x4.splat(0xd2511f53);
  const M1 = i32x4.splat(0xcd9e8d57);
  let c0 = i32x4.add(i32x4.splat(block), i32x4(0, 1, 2, 3));
  let c1 = i32x4.splat(example);
  let c2 = i32x4.splat(step);
  let c3 = i32x4.splat(pass);
  for (let round = 0; round < 10; round++) {
    const p0 = i64x2.extmul_low_i32x4_u(c0, M0);
    const q0 = i64x2.extmul_high_i32x4_u(c0, M0);
    const p1 = i64x2.extmul_low_i32x4_u(c2, M1);
    const q1 = i64x2.extmul_high_i32x4_u(c2, M1);
    c0 = v128.xor(v128.xor(high(p1, q1), c1), i32x4.splat(key0));
    c2 = v128.xor(v128.xor(high(p0, q0), c3), i32x4.splat(key1));
    c1 = low(p1, q1);
    c3 = low(p0, q0);
    key0 += 0x9e3779b9;
    key1 += 0xbb67ae85;
  }
  // From a vector a word to a vector a block.
  const ab = i32x4.shuffle(c0, c1, 0, 4, 1, 5);
  const cd = i32x4.shuffle(c2, c3, 0, 4, 1, 5);
  const ef = i32x4.shuffle(c0, c1, 2, 6, 3, 7);
  const gh = i32x4.shuffle(c2, c3, 2, 6, 3, 7);
  v128.store(into, i64x2.shuffle(ab, cd, 0, 2));
  v128.store(into, i64x2.shuffle(ab, cd, 1, 3), 16);
  v128.store(into, i64x2.shuffle(ef, gh, 0, 2), 32);
  v128.store(into, i64x2.shuffle(ef, gh, 1, 3), 48);
}
