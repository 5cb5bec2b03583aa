/** Conv2DBackpropInput, which is also the transposed convolution's forward pass. */
import * as tf from '../tf.ts';
import { withDerived } from './derived.ts';
import { product, transposed } from './mat-mul.ts';
import { scatterPatches, type ConvInfo } from './patches.ts';
import { subPixelInputGradient } from './sub-pixel.ts';
import { free, setKernel, reshaped, type Backend } from './wasm-kernel.ts';

/**
 * Up to this many channels the products of patches win, measured on 4x4 kernels: a convolution's kernel works on
 * eight output channels at a time, used or not.
 */
const fewChannels = 6;

/** dy times the kernel gives every patch's gradient; patches overlap, and add up where they do. */
function byPatches(
  backend: Backend,
  dy: tf.TensorInfo,
  filter: tf.TensorInfo,
  conv: ConvInfo,
): tf.TensorInfo {
  const { batchSize, outHeight, outWidth, outChannels, filterHeight, filterWidth, inChannels } = conv;
  const kernel = reshaped(filter, [filterHeight * filterWidth * inChannels, outChannels]);
  const rows = reshaped(dy, [batchSize * outHeight * outWidth, outChannels]);
  const columns = withDerived(
    backend,
    filter,
    'transposed',
    () => transposed(backend, kernel),
    (kernelT) => product(backend, rows, kernelT),
  );
  const dx = scatterPatches(backend, columns, conv);
  free(backend, columns);
  return dx;
}

export function registerInputGradient(): void {
  setKernel<'dy' | 'filter'>('Conv2DBackpropInput', ({ dy, filter }, attrs, backend) => {
    const conv = tf.backend_util.computeConv2DInfo(
      attrs['inputShape'] as [number, number, number, number], // as the operation passes them
      filter.shape as [number, number, number, number],
      attrs['strides'] as [number, number],
      1,
      attrs['pad'] as 'same' | 'valid' | number | tf.backend_util.ExplicitPadding,
      attrs['dimRoundingMode'] as 'floor' | undefined,
    );
    const bySubPixels =
      conv.inChannels > fewChannels ? subPixelInputGradient(backend, dy, filter, conv) : null;
    return bySubPixels ?? byPatches(backend, dy, filter, conv);
  });
}
