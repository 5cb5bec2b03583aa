/**
 * SIMD loops of the wasm backend's kernels, in AssemblyScript (https://www.assemblyscript.org): `npm run kernels` compiles
 * them into src/compute/kernels/simd-wasm.ts.
 *
 * They work on the memory of TensorFlow.js's module, and have none of their own: nothing here may need a constant in
 * memory. Each gives the same bits as the plain loop in src/compute/kernels beside which it runs, so there is no relaxed
 * SIMD. Places are addresses, sizes are bytes.
 */
export { timesSlope } from './elementwise';
export { columnSums, columnProducts, columnAffine, addScaledColumns } from './columns';
export { packColumns, addProducts, spread } from './products';
