/**
 * TensorFlow.js, imported here and nowhere else, so that which parts of it a worker carries is decided in one
 * place. Importing the wasm backend registers it under the name `wasm`.
 */
export * from '@tensorflow/tfjs';
export { getThreadsCount, setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
export type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
