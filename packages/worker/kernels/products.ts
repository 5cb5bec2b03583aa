/**
 * Σ over rows r of a[r, i]·b[r, j]: the gradient of a kernel, a dense layer's as a convolution's. Both matrices are read
 * as they lie, without a transpose, and a's rows may lie anywhere: patches of an image need not be copied together first.
 *
 * Rows are summed one after another, in single precision, each product rounded: as the stock kernel does, so the bits
 * are the same.
 */

/**
 * Copies b by eight columns, row after row, so that the products read them in one run.
 *
 * @param width - of a row of b, a multiple of 32
 * @param all - of b
 */
export function packColumns(b: usize, width: usize, all: usize, panel: usize): void {
  for (let column: usize = 0; column < width; column += 32) {
    for (let row: usize = 0; row < all; row += width, panel += 32) {
      v128.store(panel, v128.load(b + row + column));
      v128.store(panel, v128.load(b + row + column, 16), 16);
    }
  }
}

/** sum + a·b, a being one number for all places */
function plus(sum: v128, a: v128, b: v128): v128 {
  return f32x4.add(sum, f32x4.mul(a, b));
}

/**
 * Adds products to `out`, four of its rows by eight of its columns at a time.
 *
 * @param table - addresses of a's rows, up to `tableEnd`
 * @param aWidth - of a row of a, a multiple of 16
 * @param panel - b, as `packColumns` leaves it
 * @param bWidth - of a row of b, and of `out`
 * @param room - 16 bytes for each row
 */
export function addProducts(
  table: usize,
  tableEnd: usize,
  aWidth: usize,
  panel: usize,
  bWidth: usize,
  out: usize,
  room: usize,
): void {
  for (let i: usize = 0; i < aWidth; i += 16) {
    let packed = room;
    for (let pointer = table; pointer < tableEnd; pointer += 4, packed += 16) {
      v128.store(packed, v128.load(<usize>load<u32>(pointer) + i));
    }
    const packedEnd = packed;
    let b = panel;
    for (let j: usize = 0; j < bWidth; j += 32) {
      const row0 = out + j;
      const row1 = row0 + bWidth;
      const row2 = row1 + bWidth;
      const row3 = row2 + bWidth;
      let left0 = v128.load(row0);
      let left1 = v128.load(row1);
      let left2 = v128.load(row2);
      let left3 = v128.load(row3);
      let right0 = v128.load(row0, 16);
      let right1 = v128.load(row1, 16);
      let right2 = v128.load(row2, 16);
      let right3 = v128.load(row3, 16);
      for (packed = room; packed < packedEnd; packed += 16, b += 32) {
        const left = v128.load(b);
        const right = v128.load(b, 16);
        const a0 = v128.load32_splat(packed);
        left0 = plus(left0, a0, left);
        right0 = plus(right0, a0, right);
        const a1 = v128.load32_splat(packed, 4);
        left1 = plus(left1, a1, left);
        right1 = plus(right1, a1, right);
        const a2 = v128.load32_splat(packed, 8);
        left2 = plus(left2, a2, left);
        right2 = plus(right2, a2, right);
        const a3 = v128.load32_splat(packed, 12);
        left3 = plus(left3, a3, left);
        right3 = plus(right3, a3, right);
      }
      v128.store(row0, left0);
      v128.store(row1, left1);
      v128.store(row2, left2);
      v128.store(row3, left3);
      v128.store(row0, right0, 16);
      v128.store(row1, right1, 16);
      v128.store(row2, right2, 16);
      v128.store(row3, right3, 16);
    }
    out += 4 * bWidth;
  }
}

/**
 * Copies runs that lie together apart.
 *
 * @param run - a multiple of 16
 * @param step - from the beginning of one to that of the next, there
 */
export function spread(from: usize, all: usize, run: usize, to: usize, step: usize): void {
  for (const end = from + all; from < end; from += run, to += step) {
    for (let at: usize = 0; at < run; at += 16) v128.store(to + at, v128.load(from + at));
  }
}
