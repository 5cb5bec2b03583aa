/** Makes the wasm backend fit for training. Call before it starts; again does nothing. */
import { registerBatchNorm } from './batchNorm.ts';
import { registerChannelSums } from './channelSums.ts';
import { registerFilterGradient } from './filterGradient.ts';
import { registerInputGradient } from './inputGradient.ts';
import { registerLeakyRelu } from './leakyRelu.ts';
import { registerMatMul } from './matMul.ts';

export function registerWasmKernels(): void {
  registerBatchNorm();
  registerChannelSums();
  registerLeakyRelu();
  registerMatMul();
  registerInputGradient();
  registerFilterGradient();
}
