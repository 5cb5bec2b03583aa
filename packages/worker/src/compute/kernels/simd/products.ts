/**
 * Σ over rows r of a[r, i]·b[r, j]: what the gradient of a kernel is, of a dense layer's as of a convolution's. Both
 * matrices are read as they lie, without a transpose, and a's rows may lie anywhere: patches of an image need not be
 * copied together first.
 *
 * Rows are summed one after another, in single precision, each product rounded: as the stock kernel does, so the bits
 * are the same.
 */
import { advance, define, f32x4, get, i32, set, until, type Code } from './assembler.ts';

/** Sums are held for so many rows of the result, and for eight columns, at a time. */
const tall = 4;

export const productFunctions = {
  /**
   * Eight columns after another, row by row, so that the products read them in one run.
   *
   * b (rows, n columns), n in bytes, bytes of all rows, panel
   */
  packColumns: define(['i32', 'i32', 'i32', 'i32'], ([b, width, bytes, panel], local) => {
    const [column, row] = [local('i32'), local('i32')];
    const from = i32.add(get(b), i32.add(get(row), get(column)));
    return [
      until(
        column,
        get(width),
        i32.of(32),
        set(row, i32.of(0)),
        until(
          row,
          get(bytes),
          get(width),
          f32x4.store(get(panel), f32x4.load(from)),
          f32x4.store(get(panel), f32x4.load(from, 16), 16),
          advance(panel, i32.of(32)),
        ),
      ),
    ];
  }),

  /**
   * Addresses of a's rows and of where these end, bytes of a row of a, panel, bytes of a row of b, out; and room for 16
   * bytes a row.
   */
  addProducts: define(
    ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
    ([table, tableEnd, aWidth, panel, bWidth, out, room], local) => {
      const [i, j, pointer, packed, b, target, line] = Array.from({ length: 7 }, () => local('i32'));
      const sums = Array.from({ length: 2 * tall }, () => local('v128'));
      const [left, right, one] = [local('v128'), local('v128'), local('v128')];
      const rowsOfResult = (body: (address: Code, sum: number, offset: number) => Code): Code => [
        ...set(line, get(target)),
        ...Array.from({ length: tall }, (_, t) => [
          ...body(get(line), sums[2 * t], 0),
          ...body(get(line), sums[2 * t + 1], 16),
          ...advance(line, get(bWidth)),
        ]).flat(),
      ];
      const addProduct = (sum: number, half: number): Code =>
        set(sum, f32x4.add(get(sum), f32x4.mul(get(one), get(half))));
      return [
        until(
          i,
          get(aWidth),
          i32.of(4 * tall),
          // Four columns of a, packed.
          set(pointer, get(table)),
          set(packed, get(room)),
          until(
            pointer,
            get(tableEnd),
            i32.of(4),
            f32x4.store(get(packed), f32x4.load(i32.add(i32.load(get(pointer)), get(i)))),
            advance(packed, i32.of(16)),
          ),
          set(b, get(panel)),
          set(j, i32.of(0)),
          until(
            j,
            get(bWidth),
            i32.of(32),
            set(target, i32.add(get(out), get(j))),
            rowsOfResult((address, sum, offset) => set(sum, f32x4.load(address, offset))),
            set(pointer, get(table)),
            set(packed, get(room)),
            until(
              pointer,
              get(tableEnd),
              i32.of(4),
              set(left, f32x4.load(get(b))),
              set(right, f32x4.load(get(b), 16)),
              ...Array.from({ length: tall }, (_, t) => [
                ...set(one, f32x4.loadSame(get(packed), 4 * t)),
                ...addProduct(sums[2 * t], left),
                ...addProduct(sums[2 * t + 1], right),
              ]),
              advance(packed, i32.of(16)),
              advance(b, i32.of(32)),
            ),
            rowsOfResult((address, sum, offset) => f32x4.store(address, get(sum), offset)),
          ),
          // The next rows of the result.
          advance(out, i32.mul(get(bWidth), i32.of(tall))),
        ),
      ];
    },
  ),

  /** Runs of numbers that lie together, apart: from, end of from, bytes of a run, to, bytes from one to the next there. */
  spread: define(['i32', 'i32', 'i32', 'i32', 'i32'], ([from, end, run, to, step], local) => {
    const at = local('i32');
    return [
      until(
        from,
        get(end),
        get(run),
        set(at, i32.of(0)),
        until(
          at,
          get(run),
          i32.of(16),
          f32x4.store(i32.add(get(to), get(at)), f32x4.load(i32.add(get(from), get(at)))),
        ),
        advance(to, get(step)),
      ),
    ];
  }),
};
