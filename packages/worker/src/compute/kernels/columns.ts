/**
 * Loops over the columns of a row-major matrix, four rows at a time: the numbers of a column are loaded and stored once
 * for four. Sums are in double precision: thousands of float32 numbers added one after another leave a residue where they
 * should cancel. Matrices are [rows, width], and arrays of doubles, [width], say how wide.
 */
import { simdOf, type Simd } from './simd.ts';
import type { Backend } from './wasm-kernel.ts';

/** On the heap of the backend. */
type Doubles = Float64Array;

export interface Columns {
  /** sums ← sums + Σ x by column */
  sums(x: Float32Array, sums: Doubles): void;
  /** sums ← sums + Σ (y − its centre)·(x − its centre) by column */
  products(y: Float32Array, x: Float32Array, yCentre: Doubles, xCentre: Doubles, sums: Doubles): void;
  /** out ← x·scale + shift, each by column */
  affine(out: Float32Array, x: Float32Array, scale: Doubles, shift: Doubles): void;
  /** out ← out + x·scale, by column */
  addScaled(out: Float32Array, x: Float32Array, scale: Doubles): void;
}

export function columnsOf(backend: Backend): Columns {
  const simd = simdOf(backend);
  return simd === null ? plainColumns : simdColumns(simd);
}

/** Numbers in whole fours of rows. */
const wholeFours = (length: number, width: number): number => length - (length % (4 * width));

export const plainColumns: Columns = {
  sums(x, sums) {
    const w = sums.length;
    const fours = wholeFours(x.length, w);
    for (let at = 0; at < fours; at += 4 * w) {
      for (let c = 0; c < w; c++) {
        const i = at + c;
        sums[c] += x[i] + x[i + w] + x[i + 2 * w] + x[i + 3 * w];
      }
    }
    for (let at = fours; at < x.length; at += w) for (let c = 0; c < w; c++) sums[c] += x[at + c];
  },

  products(y, x, yCentre, xCentre, sums) {
    const w = sums.length;
    const fours = wholeFours(x.length, w);
    for (let at = 0; at < fours; at += 4 * w) {
      for (let c = 0; c < w; c++) {
        const i = at + c;
        const u = xCentre[c];
        const v = yCentre[c];
        sums[c] +=
          (y[i] - v) * (x[i] - u) +
          (y[i + w] - v) * (x[i + w] - u) +
          (y[i + 2 * w] - v) * (x[i + 2 * w] - u) +
          (y[i + 3 * w] - v) * (x[i + 3 * w] - u);
      }
    }
    for (let at = fours; at < x.length; at += w) {
      for (let c = 0; c < w; c++) sums[c] += (y[at + c] - yCentre[c]) * (x[at + c] - xCentre[c]);
    }
  },

  affine(out, x, scale, shift) {
    const w = scale.length;
    const fours = wholeFours(x.length, w);
    for (let at = 0; at < fours; at += 4 * w) {
      for (let c = 0; c < w; c++) {
        const i = at + c;
        const a = scale[c];
        const b = shift[c];
        out[i] = x[i] * a + b;
        out[i + w] = x[i + w] * a + b;
        out[i + 2 * w] = x[i + 2 * w] * a + b;
        out[i + 3 * w] = x[i + 3 * w] * a + b;
      }
    }
    for (let at = fours; at < x.length; at += w) {
      for (let c = 0; c < w; c++) out[at + c] = x[at + c] * scale[c] + shift[c];
    }
  },

  addScaled(out, x, scale) {
    const w = scale.length;
    const fours = wholeFours(x.length, w);
    for (let at = 0; at < fours; at += 4 * w) {
      for (let c = 0; c < w; c++) {
        const i = at + c;
        const a = scale[c];
        out[i] += x[i] * a;
        out[i + w] += x[i + w] * a;
        out[i + 2 * w] += x[i + 2 * w] * a;
        out[i + 3 * w] += x[i + 3 * w] * a;
      }
    }
    for (let at = fours; at < x.length; at += w) {
      for (let c = 0; c < w; c++) out[at + c] += x[at + c] * scale[c];
    }
  },
};

/** The same in the same order, two columns at a time. */
const simdColumns = (simd: Simd): Columns => {
  /** Bytes of whole fours of rows. */
  const fours = (x: Float32Array, { length }: Doubles): number => 4 * wholeFours(x.length, length);
  const at = (array: { readonly byteOffset: number }): number => array.byteOffset;
  return {
    sums: (x, sums) => simd.columnSums(at(x), at(sums), fours(x, sums), x.byteLength, 4 * sums.length),
    products: (y, x, v, u, sums) =>
      simd.columnProducts(
        at(y),
        at(x),
        at(v),
        at(u),
        at(sums),
        fours(x, sums),
        x.byteLength,
        4 * sums.length,
      ),
    affine: (out, x, scale, shift) =>
      simd.columnAffine(at(out), at(x), at(scale), at(shift), x.byteLength, 4 * scale.length),
    addScaled: (out, x, scale) =>
      simd.addScaledColumns(at(out), at(x), at(scale), x.byteLength, 4 * scale.length),
  };
};
