/** Makes the wasm backend fit for training. Call before it starts; again does nothing. */
import { registerNormalise } from './normalise-kernels.ts';
import { registerChannelSums } from './channel-sums.ts';
import { registerFilterGradient } from './filter-gradient.ts';
import { registerInputGradient } from './input-gradient.ts';
import { registerLeakyRelu } from './leaky-relu.ts';
import { registerMatMul } from './mat-mul.ts';

export function registerWasmKernels(): void {
  registerNormalise();
  registerChannelSums();
  registerLeakyRelu();
  registerMatMul();
  registerInputGradient();
  registerFilterGradient();
}
