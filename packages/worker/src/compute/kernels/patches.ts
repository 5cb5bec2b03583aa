/**
 * The patches of an image that the output positions of a convolution see, as a matrix (im2col), and the transpose
 * of that map (col2im). Plain loops on the wasm heap: they cost about a nanosecond a number, a third of the product
 * that follows.
 */
import type * as tf from '../tf.ts';
import { view, type Backend } from './wasm-kernel.ts';

export type ConvInfo = tf.backend_util.Conv2DInfo;

/**
 * One row for each place in the kernel, since the product that takes them wants its long side there. (Rows for
 * positions copy faster, but transposing them costs more than is won.)
 *
 * @param x - [batch, height, width, channels]
 * @returns [kh · kw · channels, batch · out height · out width]; zero where a patch leaves the image
 */
export function gatherPatches(backend: Backend, x: tf.TensorInfo, conv: ConvInfo): tf.TensorInfo {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, strideHeight, strideWidth } = conv;
  const { top, left } = conv.padInfo;
  const positions = batchSize * outHeight * outWidth;
  const out = backend.makeOutput([conv.filterHeight * conv.filterWidth * inChannels, positions], 'float32');
  const from = view(backend, x);
  const to = view(backend, out).fill(0);
  const step = strideWidth * inChannels;
  for (let ky = 0; ky < conv.filterHeight; ky++) {
    for (let kx = 0; kx < conv.filterWidth; kx++) {
      // The output columns for which this column of the kernel lies inside the image.
      const first = Math.max(0, Math.ceil((left - kx) / strideWidth));
      const end = Math.min(outWidth, Math.floor((inWidth - 1 + left - kx) / strideWidth) + 1);
      const place = (ky * conv.filterWidth + kx) * inChannels;
      for (let n = 0; n < batchSize; n++) {
        for (let oy = 0; oy < outHeight; oy++) {
          const y = oy * strideHeight - top + ky;
          if (y < 0 || y >= inHeight) continue;
          const source = ((n * inHeight + y) * inWidth + first * strideWidth - left + kx) * inChannels;
          const target = place * positions + (n * outHeight + oy) * outWidth + first;
          gatherRun(from, source, step, to, target, positions, end - first, inChannels);
        }
      }
    }
  }
  return out;
}

/** Copies `count` pixels, each `step` after the last, their channels into rows `rowLength` apart; four rows at a time. */
function gatherRun(
  from: Float32Array,
  source: number,
  step: number,
  to: Float32Array,
  target: number,
  rowLength: number,
  count: number,
  channels: number,
): void {
  let channel = 0;
  for (; channel + 4 <= channels; channel += 4) {
    let s = source + channel;
    let t = target + channel * rowLength;
    for (let i = 0; i < count; i++) {
      to[t] = from[s];
      to[t + rowLength] = from[s + 1];
      to[t + 2 * rowLength] = from[s + 2];
      to[t + 3 * rowLength] = from[s + 3];
      s += step;
      t += 1;
    }
  }
  for (; channel < channels; channel++) {
    let s = source + channel;
    const t = target + channel * rowLength;
    for (let i = 0; i < count; i++) {
      to[t + i] = from[s];
      s += step;
    }
  }
}

/**
 * Adds every patch to the place it came from.
 *
 * @param columns - [batch · out height · out width, kh · kw · channels]
 * @returns [batch, height, width, channels]
 */
export function scatterPatches(backend: Backend, columns: tf.TensorInfo, conv: ConvInfo): tf.TensorInfo {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth } = conv;
  const { top, left } = conv.padInfo;
  const out = backend.makeOutput([batchSize, inHeight, inWidth, inChannels], 'float32');
  const from = view(backend, columns);
  const to = view(backend, out).fill(0);
  const row = filterWidth * inChannels;
  let at = 0;
  for (let n = 0; n < batchSize; n++) {
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++) {
        // Columns of the patch inside the image: its pixels lie next to each other, channels and all.
        const x0 = ox * conv.strideWidth - left;
        const first = Math.max(0, -x0) * inChannels;
        const end = Math.min(filterWidth, inWidth - x0) * inChannels;
        for (let ky = 0; ky < filterHeight; ky++) {
          const y = oy * conv.strideHeight - top + ky;
          if (y >= 0 && y < inHeight) {
            const target = ((n * inHeight + y) * inWidth + x0) * inChannels;
            for (let i = first; i < end; i++) to[target + i] += from[at + i];
          }
          at += row;
        }
      }
    }
  }
  return out;
}
