/** Changing an image's resolution: nearest-neighbour upsampling and average pooling, which are each other's transposes. */
import * as tf from '../tf.ts';
import { noSecondDerivatives, type Layer } from './layer.ts';

/**
 * Each pixel as size × size pixels. Not by resizing, whose positions are computed in floating point, and not by tiling,
 * which on wasm takes fifty times as long.
 *
 * @param x - [n, height, width, channels]
 */
function repeat(x: tf.Tensor, size: number): tf.Tensor {
  const [n, height, width, channels] = x.shape;
  const columns = beside(tf.reshape(x, [n * height * width, channels]), size);
  const rows = beside(tf.reshape(columns, [n * height, width * size * channels]), size);
  return tf.reshape(rows, [n, height * size, width * size, channels]);
}

/** Each row `times` times, one after the other. */
const beside = (rows: tf.Tensor, times: number): tf.Tensor =>
  times === 1
    ? rows
    : tf.concat(
        Array.from({ length: times }, () => rows),
        1,
      );

/** Means of windows, over the pixels that exist; side by side (stride = size), or around each pixel (stride 1). */
const windowMeans = (x: tf.Tensor, size: number, stride: number): tf.Tensor =>
  size === 1 ? x : tf.avgPool(x as tf.Tensor4D, size, stride, stride === 1 ? 'same' : 'valid'); // by the plan

/** A layer that is linear and has no parameters. */
const linear = (apply: (x: tf.Tensor) => tf.Tensor, transpose: (dy: tf.Tensor) => tf.Tensor): Layer => ({
  forward: (input) => ({ output: apply(input), saved: [] }),
  backward: (dOutput) => ({ input: transpose(dOutput), parameters: [] }),
  tangent: apply,
  tangentBackward: noSecondDerivatives,
});

/** @param factor - by which both sides grow */
export const upsampling = (factor: number): Layer =>
  linear(
    (x) => repeat(x, factor),
    (dy) => tf.mul(windowMeans(dy, factor, factor), factor ** 2),
  );

/**
 * Windows side by side have stride = size. With stride 1 and an odd size there is one around each pixel; at the border
 * it is the mean over the pixels that exist, as TensorFlow's 'same' has it.
 */
export function averagePooling(size: number, stride: number): Layer {
  if (stride === size) {
    return linear(
      (x) => windowMeans(x, size, size),
      (dy) => tf.div(repeat(dy, size), size ** 2),
    );
  }
  return linear(
    (x) => windowMeans(x, size, 1),
    // The sums of windows around each pixel are their own transpose, and means are sums over counts.
    (dy) => {
      const counts = pixelsInWindows(dy.shape[1] ?? 1, dy.shape[2] ?? 1, size);
      return tf.mul(windowMeans(tf.div(dy, counts), size, 1), counts);
    },
  );
}

/** How many pixels exist in the window around each; [1, height, width, 1] */
function pixelsInWindows(height: number, width: number, size: number): tf.Tensor {
  const reach = (size - 1) / 2;
  const along = (side: number): number[] =>
    Array.from({ length: side }, (_, i) => Math.min(side - 1, i + reach) - Math.max(0, i - reach) + 1);
  const columns = along(width);
  return tf.tensor4d(
    along(height).flatMap((rows) => columns.map((count) => rows * count)),
    [1, height, width, 1],
  );
}
