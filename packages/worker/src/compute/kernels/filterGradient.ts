/**
 * Conv2DBackpropFilter, which the wasm backend lacks (tensorflow/tfjs#8474): the patches that each output position
 * saw, as rows of a matrix (im2col), times the output's gradient.
 */
import * as tf from '../tf.ts';
import { product, transposed } from './matMul.ts';
import { free, replaceKernel, reshaped, view, type Backend } from './wasmKernel.ts';

type ConvInfo = tf.backend_util.Conv2DInfo;

/** @returns [batch · out height · out width, kh · kw · in channels]; zero where a patch leaves the image */
export function patches(backend: Backend, x: tf.TensorInfo, conv: ConvInfo): tf.TensorInfo {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth } = conv;
  const row = filterWidth * inChannels;
  const out = backend.makeOutput([batchSize * outHeight * outWidth, filterHeight * row], 'float32');
  const from = view(backend, x);
  const to = view(backend, out);
  const { top, left } = conv.padInfo;
  let at = 0;
  for (let n = 0; n < batchSize; n++) {
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++) {
        // Columns of the patch inside the image; a row's pixels lie next to each other, channels and all.
        const x0 = ox * conv.strideWidth - left;
        const first = Math.max(0, -x0) * inChannels;
        const end = Math.min(filterWidth, inWidth - x0) * inChannels;
        for (let ky = 0; ky < filterHeight; ky++) {
          const y = oy * conv.strideHeight - top + ky;
          if (y < 0 || y >= inHeight || end <= first) {
            for (let i = 0; i < row; i++) to[at + i] = 0;
          } else {
            const source = ((n * inHeight + y) * inWidth + x0) * inChannels;
            for (let i = 0; i < first; i++) to[at + i] = 0;
            for (let i = first; i < end; i++) to[at + i] = from[source + i];
            for (let i = end; i < row; i++) to[at + i] = 0;
          }
          at += row;
        }
      }
    }
  }
  return out;
}

export function registerFilterGradient(): void {
  replaceKernel<'x' | 'dy'>('Conv2DBackpropFilter', ({ x, dy }, attrs, backend) => {
    const filterShape = attrs['filterShape'] as [number, number, number, number]; // as the operation passes it
    const conv = tf.backend_util.computeConv2DInfo(
      x.shape as [number, number, number, number], // a convolution's input
      filterShape,
      attrs['strides'] as [number, number],
      1,
      attrs['pad'] as 'same' | 'valid' | number,
      attrs['dimRoundingMode'] as 'floor' | undefined,
    );
    const columns = patches(backend, x, conv);
    const rows = transposed(backend, columns);
    free(backend, columns);
    const positions = conv.batchSize * conv.outHeight * conv.outWidth;
    const gradient = product(backend, rows, reshaped(dy, [positions, conv.outChannels]));
    free(backend, rows);
    return reshaped(gradient, [...filterShape]);
  });
}
