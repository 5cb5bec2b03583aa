/**
 * Loops over the columns of row-major float32 matrices, in double precision, two columns at a time: the same sums in the
 * same order as in src/compute/kernels/columns.ts. What belongs to a column (sums, centres, factors) are doubles.
 *
 * Rows are taken by fours, of `fours` bytes in all, then one by one, of `all` bytes; a row has `width`.
 */

/** Two float32 numbers as doubles. */
function two(address: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(address));
}

function one(address: usize): f64 {
  return <f64>load<f32>(address);
}

function putTwo(address: usize, values: v128): void {
  v128.store64_lane(address, f32x4.demote_f64x2_zero(values), 0);
}

/** sums ← sums + Σ x */
export function columnSums(x: usize, sums: usize, fours: usize, all: usize, width: usize): void {
  const pairs = width & ~7;
  let row: usize = 0;
  for (; row < fours; row += 4 * width) {
    const a = x + row;
    const b = a + width;
    const c = b + width;
    const d = c + width;
    let at: usize = 0;
    for (; at < pairs; at += 8) {
      const to = sums + 2 * at;
      const four = f64x2.add(f64x2.add(f64x2.add(two(a + at), two(b + at)), two(c + at)), two(d + at));
      v128.store(to, f64x2.add(v128.load(to), four));
    }
    if (at < width) {
      const to = sums + 2 * at;
      store<f64>(to, load<f64>(to) + (one(a + at) + one(b + at) + one(c + at) + one(d + at)));
    }
  }
  for (; row < all; row += width) {
    let at: usize = 0;
    for (; at < pairs; at += 8) {
      const to = sums + 2 * at;
      v128.store(to, f64x2.add(v128.load(to), two(x + row + at)));
    }
    if (at < width) store<f64>(sums + 2 * at, load<f64>(sums + 2 * at) + one(x + row + at));
  }
}

/** sums ← sums + Σ (y − v)·(x − u) */
export function columnProducts(
  y: usize,
  x: usize,
  v: usize,
  u: usize,
  sums: usize,
  fours: usize,
  all: usize,
  width: usize,
): void {
  const pairs = width & ~7;
  let row: usize = 0;
  for (; row < fours; row += 4 * width) {
    let at: usize = 0;
    for (; at < pairs; at += 8) {
      const ofY = v128.load(v + 2 * at);
      const ofX = v128.load(u + 2 * at);
      let i = row + at;
      let four = productOfTwo(y + i, x + i, ofY, ofX);
      i += width;
      four = f64x2.add(four, productOfTwo(y + i, x + i, ofY, ofX));
      i += width;
      four = f64x2.add(four, productOfTwo(y + i, x + i, ofY, ofX));
      i += width;
      four = f64x2.add(four, productOfTwo(y + i, x + i, ofY, ofX));
      const to = sums + 2 * at;
      v128.store(to, f64x2.add(v128.load(to), four));
    }
    if (at < width) {
      const ofY = load<f64>(v + 2 * at);
      const ofX = load<f64>(u + 2 * at);
      const i = row + at;
      const to = sums + 2 * at;
      store<f64>(
        to,
        load<f64>(to) +
          (product(y + i, x + i, ofY, ofX) +
            product(y + i + width, x + i + width, ofY, ofX) +
            product(y + i + 2 * width, x + i + 2 * width, ofY, ofX) +
            product(y + i + 3 * width, x + i + 3 * width, ofY, ofX)),
      );
    }
  }
  for (; row < all; row += width) {
    let at: usize = 0;
    for (; at < pairs; at += 8) {
      const to = sums + 2 * at;
      const found = productOfTwo(y + row + at, x + row + at, v128.load(v + 2 * at), v128.load(u + 2 * at));
      v128.store(to, f64x2.add(v128.load(to), found));
    }
    if (at < width) {
      const to = sums + 2 * at;
      const found = product(y + row + at, x + row + at, load<f64>(v + 2 * at), load<f64>(u + 2 * at));
      store<f64>(to, load<f64>(to) + found);
    }
  }
}

function productOfTwo(y: usize, x: usize, v: v128, u: v128): v128 {
  return f64x2.mul(f64x2.sub(two(y), v), f64x2.sub(two(x), u));
}

function product(y: usize, x: usize, v: f64, u: f64): f64 {
  return (one(y) - v) * (one(x) - u);
}

/** out ← x·scale + shift */
export function columnAffine(
  out: usize,
  x: usize,
  scale: usize,
  shift: usize,
  all: usize,
  width: usize,
): void {
  const pairs = width & ~7;
  for (const end = out + all; out < end; out += width, x += width) {
    let at: usize = 0;
    for (; at < pairs; at += 8) {
      const scaled = f64x2.mul(two(x + at), v128.load(scale + 2 * at));
      putTwo(out + at, f64x2.add(scaled, v128.load(shift + 2 * at)));
    }
    if (at < width) {
      store<f32>(out + at, <f32>(one(x + at) * load<f64>(scale + 2 * at) + load<f64>(shift + 2 * at)));
    }
  }
}

/** out ← out + x·scale */
export function addScaledColumns(out: usize, x: usize, scale: usize, all: usize, width: usize): void {
  const pairs = width & ~7;
  for (const end = out + all; out < end; out += width, x += width) {
    let at: usize = 0;
    for (; at < pairs; at += 8) {
      putTwo(out + at, f64x2.add(two(out + at), f64x2.mul(two(x + at), v128.load(scale + 2 * at))));
    }
    if (at < width) {
      store<f32>(out + at, <f32>(one(out + at) + one(x + at) * load<f64>(scale + 2 * at)));
    }
  }
}
