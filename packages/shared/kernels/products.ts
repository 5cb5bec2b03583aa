/** Inner products of many pairs of vectors, for measures that look at all pairs: see src/measures/products.ts. */

/** Products of a row: those of a tile lie this many behind each other. */
const stride: usize = 64;

/** Of a and of b their two sums, added up: [a0 + a1, b0 + b1]. */
function sums(a: v128, b: v128): v128 {
  return f64x2.add(i64x2.shuffle(a, b, 0, 2), i64x2.shuffle(a, b, 1, 3));
}

/**
 * out[64·i + j] ← xᵢ·yⱼ, in double precision: the sum over even places and that over odd ones, added up. Four columns at
 * a time, so up to three behind the last may be read and written.
 *
 * @param x, y - float64 [rows, length] and [columns, length]
 * @param length - even
 * @param out - float64 [rows, 64]
 */
export function products(x: usize, rows: i32, y: usize, columns: i32, length: i32, out: usize): void {
  const bytes = (<usize>length) << 3;
  for (let i: usize = 0; i < <usize>rows; i++) {
    const row = x + i * bytes;
    for (let j: usize = 0; j < <usize>columns; j += 4) {
      const y0 = y + j * bytes;
      const y1 = y0 + bytes;
      const y2 = y1 + bytes;
      const y3 = y2 + bytes;
      let a = f64x2.splat(0);
      let b = a;
      let c = a;
      let d = a;
      for (let k: usize = 0; k < bytes; k += 16) {
        const v = v128.load(row + k);
        a = f64x2.add(a, f64x2.mul(v, v128.load(y0 + k)));
        b = f64x2.add(b, f64x2.mul(v, v128.load(y1 + k)));
        c = f64x2.add(c, f64x2.mul(v, v128.load(y2 + k)));
        d = f64x2.add(d, f64x2.mul(v, v128.load(y3 + k)));
      }
      const to = out + ((i * stride + j) << 3);
      v128.store(to, sums(a, b));
      v128.store(to + 16, sums(c, d));
    }
  }
}
