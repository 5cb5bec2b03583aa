/**
 * Inner products of all pairs of two sets of vectors: nearly all the work of measures that look at pairs. Tile by tile,
 * so that vectors are read from the nearest cache, on SIMD kernels where there are; plain loops give the same bits.
 */
import { places, sharedWorkspace, type Workspace } from '../codec/kernels.ts';
import { windowLength } from '../codec/runs.ts';

/** Products of the vectors `firstRow …` of one set with `firstColumn …` of the other. */
export interface Tile {
  readonly firstRow: number;
  readonly rows: number;
  readonly firstColumn: number;
  readonly columns: number;
  /** float64; that of row i and column j of the tile is at `i · tileSide + j`. Written anew for each tile. */
  readonly products: Float64Array;
}

/** Most rows and columns of a tile. */
export const tileSide = 64;
/** float64 numbers of a window. */
const windowRoom = windowLength / 2;

/**
 * @param a - float32 [n, length]
 * @param b - float32 [m, length]; the same array as `a`: only tiles on the diagonal and below it are visited, since those
 *   above hold the same
 * @param use - called with each tile, row after row of them
 * @param workspace - null: plain loops
 */
export function eachTile(
  a: Float32Array,
  b: Float32Array,
  length: number,
  use: (tile: Tile) => void,
  workspace: Workspace | null = sharedWorkspace,
): void {
  // An even number of places, the last of which may hold 0.
  const width = length + (length % 2);
  const fitting = Math.min(tileSide, Math.floor(windowRoom / width / 4) * 4);
  const home = fitting > 0 ? workspace : null;
  const side = home === null ? tileSide : fitting;
  const [n, m] = [a.length / length, b.length / length];
  const multiply = home === null ? plainProducts(a, b, length) : kernelProducts(home, a, b, length, width);
  for (let firstRow = 0; firstRow < n; firstRow += side) {
    const end = a === b ? firstRow + 1 : m;
    for (let firstColumn = 0; firstColumn < end; firstColumn += side) {
      const place = {
        firstRow,
        rows: Math.min(side, n - firstRow),
        firstColumn,
        columns: Math.min(side, m - firstColumn),
      };
      use({ ...place, products: multiply(place) });
    }
  }
}

type Multiply = (place: Omit<Tile, 'products'>) => Float64Array;

function plainProducts(a: Float32Array, b: Float32Array, length: number): Multiply {
  const products = new Float64Array(tileSide * tileSide);
  return ({ firstRow, rows, firstColumn, columns }) => {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        products[i * tileSide + j] = dot(a, (firstRow + i) * length, b, (firstColumn + j) * length, length);
      }
    }
    return products;
  };
}

function kernelProducts(
  { kernels, buffer }: Workspace,
  a: Float32Array,
  b: Float32Array,
  length: number,
  width: number,
): Multiply {
  const window = (at: number): Float64Array => new Float64Array(buffer, at, windowRoom);
  const [x, y, out] = [window(places.numbers), window(places.bytes), window(places.extra)];
  let rowsThere = -1;
  return ({ firstRow, rows, firstColumn, columns }) => {
    if (firstRow !== rowsThere) copyRows(x, a, firstRow, rows, length, width);
    rowsThere = firstRow;
    copyRows(y, b, firstColumn, columns, length, width);
    kernels.products(places.numbers, rows, places.bytes, columns, width, places.extra);
    return out;
  };
}

function copyRows(
  to: Float64Array,
  from: Float32Array,
  first: number,
  rows: number,
  length: number,
  width: number,
): void {
  if (width === length) {
    to.set(from.subarray(first * length, (first + rows) * length));
    return;
  }
  for (let i = 0; i < rows; i++) {
    to.set(from.subarray((first + i) * length, (first + i + 1) * length), i * width);
    to[(i + 1) * width - 1] = 0;
  }
}

/**
 * x·y of vectors inside larger arrays, in float64: the sum over even places and that over odd ones, added up.
 *
 * @param i - where the vector begins in `x`
 * @param j - where the other begins in `y`
 */
export function dot(x: Float32Array, i: number, y: Float32Array, j: number, length: number): number {
  let even = 0;
  let odd = 0;
  let k = 0;
  for (; k + 1 < length; k += 2) {
    even += x[i + k] * y[j + k];
    odd += x[i + k + 1] * y[j + k + 1];
  }
  if (k < length) even += x[i + k] * y[j + k];
  return even + odd;
}

/** x·x of each vector. @returns float64 [n] */
export const squaredNorms = (vectors: Float32Array, length: number): Float64Array =>
  Float64Array.from({ length: vectors.length / length }, (_, i) =>
    dot(vectors, i * length, vectors, i * length, length),
  );
