/**
 * Conv2DBackpropFilter, which the wasm backend lacks (tensorflow/tfjs#8474): the patches that each output position
 * saw, times the output's gradient.
 */
import * as tf from '../tf.ts';
import { product } from './mat-mul.ts';
import { gatherPatches, type ConvInfo } from './patches.ts';
import { rowProducts, type Parts } from './row-products.ts';
import { free, reshaped, setKernel, view, type Backend } from './wasm-kernel.ts';

export function registerFilterGradient(): void {
  setKernel<'x' | 'dy'>('Conv2DBackpropFilter', ({ x, dy }, attrs, backend) => {
    const filterShape = attrs['filterShape'] as [number, number, number, number]; // as the operation passes them
    const conv = tf.backend_util.computeConv2DInfo(
      x.shape as [number, number, number, number],
      filterShape,
      attrs['strides'] as [number, number],
      1,
      attrs['pad'] as 'same' | 'valid' | number | tf.backend_util.ExplicitPadding,
      attrs['dimRoundingMode'] as 'floor' | undefined,
    );
    const positions = conv.batchSize * conv.outHeight * conv.outWidth;
    const gradient =
      rowProducts(backend, pixelsSeen(backend, x, conv), dy, positions, conv.outChannels) ??
      byPatches(backend, x, reshaped(dy, [positions, conv.outChannels]), conv);
    return reshaped(gradient, [...filterShape]);
  });
}

function byPatches(backend: Backend, x: tf.TensorInfo, dy: tf.TensorInfo, conv: ConvInfo): tf.TensorInfo {
  const patches = gatherPatches(backend, x, conv);
  const gradient = product(backend, patches, dy);
  free(backend, patches);
  return gradient;
}

/** A part for each place in the kernel: the pixel that each output position sees there. */
function pixelsSeen(backend: Backend, x: tf.TensorInfo, conv: ConvInfo): Parts {
  const { inHeight, inWidth, inChannels, outHeight, outWidth, strideHeight, strideWidth } = conv;
  const { top, left } = conv.padInfo;
  const start = view(backend, x).byteOffset;
  const pixel = 4 * inChannels;
  return {
    count: conv.filterHeight * conv.filterWidth,
    width: inChannels,
    place(part, first, addresses, zeros) {
      const ky = Math.floor(part / conv.filterWidth);
      const kx = part % conv.filterWidth;
      let ox = first % outWidth;
      let row = Math.floor(first / outWidth); // of all images' output rows
      for (let i = 0; i < addresses.length; i++) {
        const y = (row % outHeight) * strideHeight - top + ky;
        const column = ox * strideWidth - left + kx;
        const inside = y >= 0 && y < inHeight && column >= 0 && column < inWidth;
        const image = Math.floor(row / outHeight);
        addresses[i] = inside ? start + ((image * inHeight + y) * inWidth + column) * pixel : zeros;
        if (++ox === outWidth) {
          ox = 0;
          row += 1;
        }
      }
    },
  };
}
