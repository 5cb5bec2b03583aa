/** What all codecs do with float32 numbers in memory. */

/** Zeros behind the numbers, so that loops over whole vectors add nothing. */
export function padWithZeros(numbers: usize, length: i32): void {
  memory.fill(numbers + ((<usize>length) << 2), 0, 64);
}

/** total ← total + numbers */
export function add(total: usize, numbers: usize, length: i32): void {
  const end = total + ((<usize>length) << 2);
  while (total + 64 <= end) {
    const a = f32x4.add(v128.load(total), v128.load(numbers));
    const b = f32x4.add(v128.load(total, 16), v128.load(numbers, 16));
    const c = f32x4.add(v128.load(total, 32), v128.load(numbers, 32));
    const d = f32x4.add(v128.load(total, 48), v128.load(numbers, 48));
    v128.store(total, a);
    v128.store(total, b, 16);
    v128.store(total, c, 32);
    v128.store(total, d, 48);
    total += 64;
    numbers += 64;
  }
  for (; total < end; total += 4, numbers += 4) store<f32>(total, load<f32>(total) + load<f32>(numbers));
}

/** values ← values − numbers */
export function subtract(values: usize, numbers: usize, length: i32): void {
  const end = values + ((<usize>length) << 2);
  while (values + 16 <= end) {
    v128.store(values, f32x4.sub(v128.load(values), v128.load(numbers)));
    values += 16;
    numbers += 16;
  }
  for (; values < end; values += 4, numbers += 4) store<f32>(values, load<f32>(values) - load<f32>(numbers));
}

/**
 * Whether vectors keep what is smaller than 2^-126, as WebAssembly demands: NEON on 32-bit ARM makes it zero.
 *
 * @param smallest - 2^-149, passed in so that no compiler computes the answer
 */
export function keepsSubnormals(smallest: f32): bool {
  const x = f32x4.splat(smallest);
  return f32x4.extract_lane(f32x4.add(x, x), 0) > smallest;
}

/** The bits of the largest magnitude; NaN counts as larger than Infinity. Zeros must follow the numbers. */
export function largestMagnitude(numbers: usize, length: i32): i32 {
  const mask = i32x4.splat(0x7fffffff);
  let most = i32x4.splat(0);
  let mostToo = i32x4.splat(0);
  const end = numbers + ((<usize>length) << 2);
  for (; numbers < end; numbers += 32) {
    most = i32x4.max_s(most, v128.and(v128.load(numbers), mask));
    mostToo = i32x4.max_s(mostToo, v128.and(v128.load(numbers, 16), mask));
  }
  most = i32x4.max_s(most, mostToo);
  most = i32x4.max_s(most, i32x4.shuffle(most, most, 2, 3, 0, 1));
  most = i32x4.max_s(most, i32x4.shuffle(most, most, 1, 0, 3, 2));
  return i32x4.extract_lane(most, 0);
}
