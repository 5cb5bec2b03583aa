/** Makes the wasm backend fit for training. Call before it starts; again does nothing. */
import { registerFilterGradient } from './filterGradient.ts';
import { registerMatMul } from './matMul.ts';

export function registerWasmKernels(): void {
  registerMatMul();
  registerFilterGradient();
}
