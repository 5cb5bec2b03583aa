/**
 * Products of matrices. With a transposed operand the stock kernel has a naive loop, 7 to 9 times slower than its fast
 * path; transposing first costs little beside the product. And the operations of TensorFlow.js cost more than small
 * products themselves: they check, reshape, and note what a gradient would need.
 */
import * as tf from '../tf.ts';
import { withDerived } from './derived.ts';
import { rowProducts } from './row-products.ts';
import { free, reshaped, setKernel, stock, view, type Backend } from './wasm-kernel.ts';

const affineName = 'GantryAffine';

/** x·W + b. @param x - [rows, in]; @param kernel - W, [in, out]; @param bias - b, [out] */
export function affine(x: tf.Tensor, kernel: tf.Tensor, bias?: tf.Tensor): tf.Tensor {
  if (bias === undefined) return matMul(x, kernel);
  if (tf.getBackend() === 'wasm') return tf.engine().runKernel(affineName, { x, kernel, bias });
  return tf.fused.matMul({ a: x, b: kernel, bias });
}

/** a·b of two matrices, one of them transposed first if so wanted. */
export const matMul = (a: tf.Tensor, b: tf.Tensor, turned?: 'a' | 'b'): tf.Tensor =>
  tf.engine().runKernel('BatchMatMul', { a, b }, { transposeA: turned === 'a', transposeB: turned === 'b' });

/** @returns [columns, rows] of a [rows, columns] matrix; the caller frees it */
export function transposed(backend: Backend, matrix: tf.TensorInfo): tf.TensorInfo {
  const [rows, columns] = matrix.shape;
  if (rows === 1 || columns === 1) {
    // A vector's numbers lie the same either way; Identity takes its own reference on them.
    return reshaped(stock('Identity', backend, { x: matrix }), [columns, rows]);
  }
  return stock('Transpose', backend, { x: matrix }, { perm: [1, 0] });
}

/** a·b of two matrices, and a bias, [columns of b], added to each row; the caller frees it. */
export function product(
  backend: Backend,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  bias?: tf.TensorInfo,
): tf.TensorInfo {
  // The kernel that adds a bias takes stacks of matrices as they are; BatchMatMul would make them first.
  const inputs = {
    a: reshaped(a, [1, ...a.shape]),
    b: reshaped(b, [1, ...b.shape]),
    ...(bias && { bias }),
  };
  const attrs = { transposeA: false, transposeB: false, activation: 'linear' };
  return reshaped(stock('_FusedMatMul', backend, inputs, attrs), [a.shape[0], b.shape[1]]);
}

/** aᵀ·b; the caller frees it. */
function transposedProduct(backend: Backend, a: tf.TensorInfo, b: tf.TensorInfo): tf.TensorInfo {
  const [rows, width] = a.shape;
  const [, columns] = b.shape;
  const start = view(backend, a).byteOffset;
  const place = (_part: number, first: number, addresses: Int32Array): void => {
    for (let i = 0; i < addresses.length; i++) addresses[i] = start + 4 * width * (first + i);
  };
  const quick = rowProducts(backend, { count: 1, width, place }, b, rows, columns);
  if (quick !== null) return quick;
  const left = transposed(backend, a);
  const out = product(backend, left, b);
  free(backend, left);
  return out;
}

export function registerMatMul(): void {
  setKernel<'a' | 'b'>('BatchMatMul', ({ a, b }, attrs, backend) => {
    if (a.shape.length !== 2 || b.shape.length !== 2) return stock('BatchMatMul', backend, { a, b }, attrs);
    const { transposeA, transposeB } = attrs;
    if (transposeA && !transposeB) return transposedProduct(backend, a, b);
    const left = transposeA ? transposed(backend, a) : a;
    const multiply = (right: tf.TensorInfo): tf.TensorInfo => product(backend, left, right);
    const out = transposeB
      ? withDerived(backend, b, 'transposed', () => transposed(backend, b), multiply)
      : multiply(b);
    if (left !== a) free(backend, left);
    return out;
  });
  setKernel<'x' | 'kernel' | 'bias'>(affineName, ({ x, kernel, bias }, _attrs, backend) =>
    product(backend, x, kernel, bias),
  );
}
