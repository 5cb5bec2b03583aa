/**
 * Loops over the columns of row-major float32 matrices, in double precision, two columns at a time: the same sums in the
 * same order as in `../columns.ts`. Constants and sums of a column are doubles.
 */
import {
  define,
  f64,
  f64x2,
  get,
  i32,
  set,
  until,
  type Code,
  type Function,
  type Local,
} from './assembler.ts';

/** Operations on two numbers or on one, by the same names. */
type Lanes = typeof f64 | typeof f64x2;

/** Where the loops stand: at a row and, in bytes, a column of it. */
interface Place {
  readonly lanes: Lanes;
  /** Address of the present number of a matrix, so many rows further down. */
  readonly cell: (matrix: Local, row?: number) => Code;
  /** Address of the present column's double. */
  readonly ofColumn: (doubles: Local) => Code;
}

/**
 * Parameters: addresses of matrices, then of doubles by column; rows in whole fours and all rows, both in bytes; bytes of
 * a row.
 *
 * @param four - done for each four rows, column by column; @param one - for each row that is left
 */
function byColumns(
  matrices: number,
  doubles: number,
  four: (place: Place, matrices: readonly Local[], doubles: readonly Local[]) => Code,
  one: typeof four,
): Function {
  const parameters = Array.from({ length: matrices + doubles + 3 }, () => 'i32' as const);
  return define(parameters, (all, local) => {
    const [fours, end, width] = all.slice(matrices + doubles);
    const [row, at] = [local('i32'), local('i32')];
    const starts = Array.from({ length: 4 }, () => local('i32'));
    const place = (lanes: Lanes): Place => ({
      lanes,
      cell: (matrix, further = 0) => i32.add(get(matrix), i32.add(get(starts[further]), get(at))),
      ofColumn: (of) => i32.add(get(of), i32.add(get(at), get(at))),
    });
    const rows = (to: Local, count: 1 | 4, body: typeof four): Code => {
      const inside = (lanes: Lanes): Code => body(place(lanes), all.slice(0, matrices), all.slice(matrices));
      return until(
        row,
        get(to),
        i32.mul(get(width), i32.of(count)),
        ...starts.map((start, i) => set(start, i === 0 ? get(row) : i32.add(get(starts[i - 1]), get(width)))),
        set(at, i32.of(0)),
        until(at, i32.and(get(width), i32.of(-8)), i32.of(8), inside(f64x2)),
        until(at, get(width), i32.of(4), inside(f64)),
      );
    };
    return [rows(fours, 4, four), rows(end, 1, one)];
  });
}

const add = (place: Place, to: Code, value: Code): Code =>
  place.lanes.store(to, place.lanes.add(place.lanes.load(to), value));

/** A sum over rows: of four at once, then one by one. @param of - what a row gives */
const summed = (
  matrices: number,
  centres: number,
  of: (place: Place, row: number, matrices: readonly Local[], doubles: readonly Local[]) => Code,
): Function => {
  const rows =
    (count: number) =>
    (place: Place, m: readonly Local[], d: readonly Local[]): Code => {
      const terms = Array.from({ length: count }, (_, row) => of(place, row, m, d));
      return add(
        place,
        place.ofColumn(d[centres]),
        terms.reduce((sum, term) => place.lanes.add(sum, term)),
      );
    };
  return byColumns(matrices, centres + 1, rows(4), rows(1));
};

/** Done to each row alike. */
const mapped = (
  matrices: number,
  doubles: number,
  to: (place: Place, row: number, matrices: readonly Local[], doubles: readonly Local[]) => Code,
): Function => {
  const rows =
    (count: number) =>
    (place: Place, m: readonly Local[], d: readonly Local[]): Code =>
      Array.from({ length: count }, (_, row) => to(place, row, m, d)).flat();
  return byColumns(matrices, doubles, rows(4), rows(1));
};

export const columnFunctions = {
  /** x, sums: sums ← sums + Σ x */
  columnSums: summed(1, 0, ({ lanes, cell }, row, [x]) => lanes.widen(cell(x, row))),
  /** y, x, centres of y, centres of x, sums: sums ← sums + Σ (y − centre)·(x − centre) */
  columnProducts: summed(2, 2, ({ lanes, cell, ofColumn }, row, [y, x], [v, u]) =>
    lanes.mul(
      lanes.sub(lanes.widen(cell(y, row)), lanes.load(ofColumn(v))),
      lanes.sub(lanes.widen(cell(x, row)), lanes.load(ofColumn(u))),
    ),
  ),
  /** out, x, scale, shift: out ← x·scale + shift */
  columnAffine: mapped(2, 2, ({ lanes, cell, ofColumn }, row, [out, x], [scale, shift]) =>
    lanes.narrow(
      cell(out, row),
      lanes.add(
        lanes.mul(lanes.widen(cell(x, row)), lanes.load(ofColumn(scale))),
        lanes.load(ofColumn(shift)),
      ),
    ),
  ),
  /** out, x, scale: out ← out + x·scale */
  addScaledColumns: mapped(2, 1, ({ lanes, cell, ofColumn }, row, [out, x], [scale]) =>
    lanes.narrow(
      cell(out, row),
      lanes.add(
        lanes.widen(cell(out, row)),
        lanes.mul(lanes.widen(cell(x, row)), lanes.load(ofColumn(scale))),
      ),
    ),
  ),
};
