/**
 * Σ over rows r of a[r, i]·b[r, j], for gradients of kernels: with SIMD on the numbers as they lie. Without, or where the
 * sizes do not suit it, a transpose and the stock product give the same bits.
 */
import { simdOf, type Simd } from './simd.ts';
import { free, view, type Backend } from './wasm-kernel.ts';
import type * as tf from '../tf.ts';

/** Rows summed at a time: with them four columns of a and eight of b lie in a processor's nearest cache. */
const together = 128;
/** Columns of a and of b that the loops take at a time. */
const across = { a: 4, b: 8 } as const;

/** a, in parts whose rows may lie anywhere: each part gives its own columns of the result's rows. */
export interface Parts {
  readonly count: number;
  /** Numbers of a row, in memory together. */
  readonly width: number;
  /**
   * Writes the addresses of rows `first` and those after it.
   *
   * @param zeros - address of a row of zeros
   */
  place(part: number, first: number, addresses: Int32Array, zeros: number): void;
}

/**
 * @param b - [rows, columns]
 * @returns [parts · width, columns]; null where it cannot be done so
 */
export function rowProducts(
  backend: Backend,
  parts: Parts,
  b: tf.TensorInfo,
  rows: number,
  columns: number,
): tf.TensorInfo | null {
  const simd = simdOf(backend);
  if (simd === null || parts.width % across.a !== 0 || columns % across.b !== 0) return null;
  const out = backend.makeOutput([parts.count * parts.width, columns], 'float32');
  // Columns of b packed, columns of a packed, addresses, zeros.
  const lengths = [together * columns, together * across.a, together, parts.width];
  const room = backend.makeOutput([lengths.reduce((sum, length) => sum + length)], 'float32');
  view(backend, out).fill(0);
  add(simd, parts, view(backend, b), view(backend, out), view(backend, room).fill(0), lengths, rows);
  free(backend, room);
  return out;
}

function add(
  simd: Simd,
  parts: Parts,
  b: Float32Array,
  out: Float32Array,
  room: Float32Array,
  lengths: readonly number[],
  rows: number,
): void {
  const rowBytes = b.byteLength / rows;
  const partBytes = out.byteLength / parts.count;
  let at = room.byteOffset;
  const [panel, packed, table, zeros] = lengths.map((length) => {
    const address = at;
    at += 4 * length;
    return address;
  });
  for (let first = 0; first < rows; first += together) {
    const count = Math.min(together, rows - first);
    const addresses = new Int32Array(room.buffer, table, count);
    simd.packColumns(b.byteOffset + first * rowBytes, rowBytes, count * rowBytes, panel);
    for (let part = 0; part < parts.count; part++) {
      parts.place(part, first, addresses, zeros);
      const to = out.byteOffset + part * partBytes;
      simd.addProducts(table, table + 4 * count, 4 * parts.width, panel, rowBytes, to, packed);
    }
  }
}
