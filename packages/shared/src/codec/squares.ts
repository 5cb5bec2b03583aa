/**
 * Sums of squares, always in the same order, so that norms are equal to the bit with SIMD and without: eight partial
 * sums by index modulo 8, folded every `foldLength` numbers.
 */
export const foldLength = 4096;

const partial = new Float64Array(8);

/**
 * Squares of float32 numbers cannot overflow a double: the sum is finite if and only if each number is.
 *
 * @param sum - of the squares of the numbers before, a multiple of `foldLength` of them
 * @returns sum + Σ x²
 */
export function addSquares(sum: number, x: Float32Array): number {
  for (let start = 0; start < x.length; start += foldLength) {
    partial.fill(0);
    const end = Math.min(start + foldLength, x.length);
    for (let i = start; i < end; i++) partial[i & 7] += x[i] * x[i];
    const [a, b, c, d, e, f, g, h] = partial;
    sum += a + c + (e + g) + (b + d + (f + h));
  }
  return sum;
}
