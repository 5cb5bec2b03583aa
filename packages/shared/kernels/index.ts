/**
 * SIMD kernels of the codecs, of the coordinator's steps and of measures, in AssemblyScript (https://www.assemblyscript.org): `npm run kernels` compiles them into
 * src/codec/kernels-wasm.ts.
 *
 * They work on windows of memory that src/codec/kernels.ts lays out, and must give the same bits as the plain
 * TypeScript in src/codec, src/step and src/measures: only operations that WebAssembly and ECMAScript define to the bit, no relaxed SIMD.
 *
 * Behind each window, 64 bytes may be overwritten: so loops run over whole vectors.
 */
export { add, subtract, keepsSubnormals } from './numbers';
export { largestFloat32, largestFloat16, largestInt8 } from './largest';
export { encodeFloat16, decodeFloat16 } from './float16';
export { encodeInt8, decodeInt8 } from './int8';
export { countAll, countBelow, collect, ascending, scatterAdd } from './topk';
export { hashStripes } from './hash';
export { products } from './products';
export { adam, moveAverage, scaleAndSquare } from './step';
