/** x·y of vectors inside larger arrays, the inner loop of measures that look at all pairs. */

/**
 * In float64, over four sums that the processor works on at once.
 *
 * @param i - where the vector begins in `x`
 * @param j - where the other begins in `y`
 */
export function dot(x: Float32Array, i: number, y: Float32Array, j: number, length: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let k = 0;
  for (; k + 3 < length; k += 4) {
    a += x[i + k] * y[j + k];
    b += x[i + k + 1] * y[j + k + 1];
    c += x[i + k + 2] * y[j + k + 2];
    d += x[i + k + 3] * y[j + k + 3];
  }
  for (; k < length; k++) a += x[i + k] * y[j + k];
  return a + b + (c + d);
}
