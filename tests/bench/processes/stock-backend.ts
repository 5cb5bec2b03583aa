/**
 * The wasm backend as TensorFlow.js ships it, under a name of its own, so that Gantry's layers take their path of plain
 * TensorFlow.js operations on it: none of Gantry's kernels is in it. Only the filter gradient is added, without which
 * convolutions do not train there at all (tensorflow/tfjs#8474); it is composed of stock kernels.
 */
import * as tf from '../../../packages/worker/src/compute/tf.ts';

export const stockBackend = 'stock-wasm';

/** Starts it. Not in a process where Gantry's kernels have taken the stock ones' places. */
export async function startStockBackend(): Promise<void> {
  tf.copyRegisteredKernels('wasm', stockBackend);
  tf.registerKernel({
    kernelName: 'Conv2DBackpropFilter',
    backendName: stockBackend,
    kernelFunc: ({ inputs, attrs, backend }) =>
      filterGradient(inputs as Record<'x' | 'dy', tf.TensorInfo>, attrs ?? {}, backend as tf.BackendWasm),
  });
  tf.registerBackend(stockBackend, tf.findBackendFactory('wasm'));
  if (!(await tf.setBackend(stockBackend))) throw new TypeError('The stock wasm backend does not start');
}

type Sizes = [number, number, number, number];

/** A convolution of the input (channels as batch) with dy (batch as channels), dilated by the stride. */
function filterGradient(
  { x, dy }: { readonly x: tf.TensorInfo; readonly dy: tf.TensorInfo },
  attrs: tf.NamedAttrMap,
  backend: tf.BackendWasm,
): tf.TensorInfo {
  const filterShape = attrs['filterShape'] as Sizes; // as the operation passes them
  const strides = attrs['strides'] as [number, number];
  const conv = tf.backend_util.computeConv2DInfo(
    x.shape as Sizes,
    filterShape,
    strides,
    1,
    attrs['pad'] as 'same' | 'valid' | number,
  );
  const run = (
    kernelName: string,
    inputs: tf.NamedTensorInfoMap,
    kernelAttrs: tf.NamedAttrMap,
  ): tf.TensorInfo => {
    const made = tf.getKernel(kernelName, stockBackend).kernelFunc({ inputs, backend, attrs: kernelAttrs });
    return Array.isArray(made) ? made[0] : made;
  };
  // So many zeros behind the input that the result is as large as the filter.
  const behind = (size: number, out: number, kernel: number, stride: number, before: number): number =>
    kernel + (out - 1) * stride - size - before;
  const { top, left } = conv.padInfo;
  const bottom = behind(conv.inHeight, conv.outHeight, conv.filterHeight, conv.strideHeight, top);
  const right = behind(conv.inWidth, conv.outWidth, conv.filterWidth, conv.strideWidth, left);
  const channelsFirst = run('Transpose', { x }, { perm: [3, 1, 2, 0] });
  const positionsFirst = run('Transpose', { x: dy }, { perm: [1, 2, 0, 3] });
  const found = run(
    'Conv2D',
    { x: channelsFirst, filter: positionsFirst },
    {
      strides: [1, 1],
      dilations: strides,
      dataFormat: 'NHWC',
      pad: [
        [0, 0],
        [top, bottom],
        [left, right],
        [0, 0],
      ],
    },
  );
  const gradient = run('Transpose', { x: found }, { perm: [1, 2, 0, 3] });
  for (const { dataId } of [channelsFirst, positionsFirst, found]) backend.disposeData(dataId);
  return gradient;
}
