/** `topk`: see src/codec/topk.ts, which this equals to the bit. */

/** Counts magnitudes by the bits from `shift` up, for the first pass of `findCut`. @param histogram - u32, added to */
export function countAll(numbers: usize, length: i32, shift: i32, histogram: usize): void {
  const end = numbers + ((<usize>length) << 2);
  for (; numbers < end; numbers += 4) {
    const bin = histogram + ((<usize>((load<u32>(numbers) & 0x7fffffff) >> shift)) << 2);
    store<u32>(bin, load<u32>(bin) + 1);
  }
}

/**
 * Counts by `(magnitude >> shift) & mask` the magnitudes whose bits above these are those of `prefix`, for its later
 * passes: few are, so four are looked at together.
 */
export function countBelow(
  numbers: usize,
  length: i32,
  prefix: u32,
  shift: i32,
  mask: u32,
  histogram: usize,
): void {
  const above = shift + (32 - clz(mask));
  const wanted = i32x4.splat(prefix >> above);
  const magnitudes = i32x4.splat(0x7fffffff);
  for (let i = 0; i < length; i += 4) {
    const from = numbers + ((<usize>i) << 2);
    const found = i32x4.eq(i32x4.shr_u(v128.and(v128.load(from), magnitudes), above), wanted);
    if (!v128.any_true(found)) continue;
    for (let rest = i32x4.bitmask(found); rest !== 0; rest &= rest - 1) {
      const index = ctz(rest);
      if (i + index >= length) break; // what lies behind the window
      const bin = histogram + ((<usize>((load<u32>(from + ((<usize>index) << 2)) >> shift) & mask)) << 2);
      store<u32>(bin, load<u32>(bin) + 1);
    }
  }
}

/**
 * Collects what a cut keeps of a window.
 *
 * @param first - index of numbers[0] in its payload
 * @param ties - how many of those equal to `cut` may still be kept; what remains of them is written back as u32
 * @returns how many `indices` and `values` were written
 */
export function collect(
  numbers: usize,
  length: i32,
  first: u32,
  cut: u32,
  ties: usize,
  indices: usize,
  values: usize,
): i32 {
  const mask = i32x4.splat(0x7fffffff);
  const least = i32x4.splat(cut);
  let tiesLeft = load<u32>(ties);
  let kept: usize = 0;
  for (let i = 0; i < length; i += 4) {
    const found = i32x4.bitmask(i32x4.ge_s(v128.and(v128.load(numbers + ((<usize>i) << 2)), mask), least));
    for (let rest = found; rest !== 0; rest &= rest - 1) {
      const index = i + ctz(rest);
      const word = load<u32>(numbers + ((<usize>index) << 2));
      if (index >= length) break; // what lies behind the window
      if ((word & 0x7fffffff) === cut) {
        if (tiesLeft === 0) continue;
        tiesLeft--;
      }
      store<u32>(indices + kept, first + index);
      store<u32>(values + kept, word);
      kept += 4;
    }
  }
  store<u32>(ties, tiesLeft);
  return <i32>(kept >> 2);
}

/** Whether u32 [k] ascend strictly from `least` and stay below `length`. */
export function ascending(indices: usize, k: i32, least: u32, length: u32): bool {
  const end = indices + ((<usize>k) << 2);
  for (; indices < end; indices += 4) {
    const index = load<u32>(indices);
    if (index < least || index >= length) return false;
    least = index + 1;
  }
  return true;
}

/** total[indices[j]] ← total[indices[j]] + values[j]; what lies beyond `length` is left out. */
export function scatterAdd(total: usize, length: u32, indices: usize, values: usize, k: i32): void {
  const end = indices + ((<usize>k) << 2);
  for (; indices < end; indices += 4, values += 4) {
    const index = load<u32>(indices);
    if (index < length) {
      const at = total + ((<usize>index) << 2);
      store<f32>(at, load<f32>(at) + load<f32>(values));
    }
  }
}
