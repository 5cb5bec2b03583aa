/**
 * The input gradient of a strided convolution as stride² ordinary convolutions: the pixels whose row and column
 * leave the same remainders by the stride see the same taps of the kernel, so each such set is a convolution of dy
 * with a part of the kernel, and the sets are interleaved. (W. Shi et al., "Is the deconvolution layer the same as
 * a convolutional layer?", 2016.) Same work as the forward convolution; the stock kernel is about five times slower.
 */
import type * as tf from '../tf.ts';
import { withDerived } from './derived.ts';
import type { ConvInfo } from './patches.ts';
import { simdOf } from './simd.ts';
import { free, reshaped, stock, view, type Backend } from './wasm-kernel.ts';

/** Along one axis, how the pixels r, r + stride, r + 2·stride, … come from dy. */
interface Phase {
  /** The remainder r. */
  readonly start: number;
  /** Pixels of the set. */
  readonly count: number;
  /** Their taps of the kernel: firstTap, firstTap + stride, … */
  readonly firstTap: number;
  readonly taps: number;
  /** Zeros around dy. */
  readonly before: number;
  readonly after: number;
}

function phases(
  size: number,
  outSize: number,
  kernel: number,
  stride: number,
  pad: number,
): readonly Phase[] {
  return Array.from({ length: Math.min(stride, size) }, (_, start) => {
    const firstTap = (start + pad) % stride;
    const taps = Math.ceil((kernel - firstTap) / stride);
    const shift = (start + pad - firstTap) / stride; // pixel q of the set sees dy[q + shift − tap]
    const count = Math.ceil((size - start) / stride);
    return { start, count, firstTap, taps, before: taps - 1 - shift, after: count + shift - outSize };
  });
}

/** Null where the geometry has sets without taps or output rows that nothing sees: those are left to others. */
export function subPixelInputGradient(
  backend: Backend,
  dy: tf.TensorInfo,
  filter: tf.TensorInfo,
  conv: ConvInfo,
): tf.TensorInfo | null {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = conv;
  const rows = phases(inHeight, outHeight, conv.filterHeight, conv.strideHeight, conv.padInfo.top);
  const columns = phases(inWidth, outWidth, conv.filterWidth, conv.strideWidth, conv.padInfo.left);
  if ([...rows, ...columns].some((phase) => phase.taps < 1 || phase.before < 0 || phase.after < 0))
    return null;

  const out = backend.makeOutput([batchSize, inHeight, inWidth, inChannels], 'float32');
  const image = reshaped(dy, [batchSize, outHeight, outWidth, outChannels]);
  for (const row of rows) {
    for (const column of columns) {
      const taps = [row.firstTap, conv.strideHeight, column.firstTap, conv.strideWidth].join();
      const pixels = withDerived(
        backend,
        filter,
        `taps ${taps}`,
        () => partOfFilter(backend, filter, conv, row, column),
        (part) => convolve(backend, image, part, row, column),
      );
      interleave(backend, pixels, out, conv, row, column);
      free(backend, pixels);
    }
  }
  return out;
}

const convolve = (
  backend: Backend,
  x: tf.TensorInfo,
  filter: tf.TensorInfo,
  row: Phase,
  column: Phase,
): tf.TensorInfo =>
  stock(
    'Conv2D',
    backend,
    { x, filter },
    {
      strides: [1, 1],
      dilations: [1, 1],
      dataFormat: 'NHWC',
      pad: [
        [0, 0],
        [row.before, row.after],
        [column.before, column.after],
        [0, 0],
      ],
    },
  );

/** The taps of one set, turned around, from output to input channels: [taps, taps, out, in]. */
function partOfFilter(
  backend: Backend,
  filter: tf.TensorInfo,
  conv: ConvInfo,
  row: Phase,
  column: Phase,
): tf.TensorInfo {
  const { inChannels, outChannels, filterWidth, strideHeight, strideWidth } = conv;
  const part = backend.makeOutput([row.taps, column.taps, outChannels, inChannels], 'float32');
  const from = view(backend, filter);
  const to = view(backend, part);
  let at = 0;
  for (let j = row.taps - 1; j >= 0; j--) {
    for (let i = column.taps - 1; i >= 0; i--) {
      const ky = row.firstTap + j * strideHeight;
      const kx = column.firstTap + i * strideWidth;
      const tap = (ky * filterWidth + kx) * inChannels * outChannels;
      for (let o = 0; o < outChannels; o++) {
        for (let c = 0; c < inChannels; c++) to[at++] = from[tap + c * outChannels + o];
      }
    }
  }
  return part;
}

/** Puts the pixels of one set into their places. */
function interleave(
  backend: Backend,
  pixels: tf.TensorInfo,
  out: tf.TensorInfo,
  conv: ConvInfo,
  row: Phase,
  column: Phase,
): void {
  const { batchSize, inHeight, inWidth, inChannels, strideHeight, strideWidth } = conv;
  const from = view(backend, pixels);
  const to = view(backend, out);
  const simd = inChannels % 4 === 0 ? simdOf(backend) : null;
  const step = strideWidth * inChannels;
  const length = column.count * inChannels;
  let at = 0;
  for (let n = 0; n < batchSize; n++) {
    for (let q = 0; q < row.count; q++) {
      const y = row.start + q * strideHeight;
      const target = ((n * inHeight + y) * inWidth + column.start) * inChannels;
      if (simd === null) spread(from, at, to, target, length, inChannels, step);
      else {
        const start = from.byteOffset + 4 * at;
        simd.spread(start, 4 * length, 4 * inChannels, to.byteOffset + 4 * target, 4 * step);
      }
      at += length;
    }
  }
}

/** Copies `length` numbers that lie together, in runs: each begins `step` after the last. */
function spread(
  from: Float32Array,
  at: number,
  to: Float32Array,
  target: number,
  length: number,
  run: number,
  step: number,
): void {
  for (const end = at + length; at < end; target += step) {
    for (let i = 0; i < run; i++) to[target + i] = from[at++];
  }
}
