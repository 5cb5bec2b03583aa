/**
 * Products with a transposed operand. The stock kernel has a fast path for none transposed only and a naive loop
 * for the rest, 7 to 9 times slower; transposing first costs little beside the product.
 */
import type * as tf from '../tf.ts';
import { free, setKernel, reshaped, stock, type Backend } from './wasm-kernel.ts';

/** @returns [columns, rows] of a [rows, columns] matrix; the caller frees it */
export function transposed(backend: Backend, matrix: tf.TensorInfo): tf.TensorInfo {
  const [rows, columns] = matrix.shape;
  if (rows === 1 || columns === 1) {
    // A vector's numbers lie the same either way; Identity takes its own reference on them.
    return reshaped(stock('Identity', backend, { x: matrix }), [columns, rows]);
  }
  return stock('Transpose', backend, { x: matrix }, { perm: [1, 0] });
}

/** a·b of two matrices; the caller frees it. */
export const product = (backend: Backend, a: tf.TensorInfo, b: tf.TensorInfo): tf.TensorInfo =>
  stock('BatchMatMul', backend, { a, b }, { transposeA: false, transposeB: false });

export function registerMatMul(): void {
  setKernel<'a' | 'b'>('BatchMatMul', ({ a, b }, attrs, backend) => {
    const { transposeA, transposeB } = attrs;
    if (a.shape.length !== 2 || b.shape.length !== 2 || !(transposeA || transposeB)) {
      return stock('BatchMatMul', backend, { a, b }, attrs);
    }
    const left = transposeA ? transposed(backend, a) : a;
    const right = transposeB ? transposed(backend, b) : b;
    const out = product(backend, left, right);
    if (left !== a) free(backend, left);
    if (right !== b) free(backend, right);
    return out;
  });
}
