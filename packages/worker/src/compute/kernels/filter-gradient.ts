/**
 * Conv2DBackpropFilter, which the wasm backend lacks (tensorflow/tfjs#8474): the patches that each output position
 * saw, times the output's gradient.
 */
import * as tf from '../tf.ts';
import { product } from './mat-mul.ts';
import { gatherPatches } from './patches.ts';
import { free, setKernel, reshaped } from './wasm-kernel.ts';

export function registerFilterGradient(): void {
  setKernel<'x' | 'dy'>('Conv2DBackpropFilter', ({ x, dy }, attrs, backend) => {
    const filterShape = attrs['filterShape'] as [number, number, number, number]; // as the operation passes them
    const conv = tf.backend_util.computeConv2DInfo(
      x.shape as [number, number, number, number],
      filterShape,
      attrs['strides'] as [number, number],
      1,
      attrs['pad'] as 'same' | 'valid' | number,
      attrs['dimRoundingMode'] as 'floor' | undefined,
    );
    const patches = gatherPatches(backend, x, conv);
    const positions = conv.batchSize * conv.outHeight * conv.outWidth;
    const gradient = product(backend, patches, reshaped(dy, [positions, conv.outChannels]));
    free(backend, patches);
    return reshaped(gradient, [...filterShape]);
  });
}
