/** What the wasm kernels of this folder are written in: tensor infos, stock kernels, views on the heap. */
import { gantryError } from '@gantry/shared';
import * as tf from '../tf.ts';

export type Backend = tf.BackendWasm;

/**
 * Runs a stock kernel of the wasm backend on tensor infos; the result is the caller's to free.
 *
 * Never wrap a kernel's inputs into tensors instead (tf.tidy and friends): the scope's end would free the data of
 * whoever called.
 */
export function stock(
  kernelName: string,
  backend: Backend,
  inputs: tf.NamedTensorInfoMap,
  attrs: tf.NamedAttrMap = {},
): tf.TensorInfo {
  const kernel = originals.get(kernelName) ?? tf.getKernel(kernelName, 'wasm');
  const output = kernel.kernelFunc({ inputs, backend, attrs });
  return Array.isArray(output) ? output[0] : output;
}

const originals = new Map<string, tf.KernelConfig>();

/**
 * Adds a kernel, or puts it in the place of the stock one, which stays in reach through `stock`.
 *
 * @typeParam Name - names of the inputs, as the operation passes them
 */
export function setKernel<Name extends string>(
  kernelName: string,
  kernelFunc: (
    inputs: Readonly<Record<Name, tf.TensorInfo>>,
    attrs: tf.NamedAttrMap,
    backend: Backend,
  ) => tf.TensorInfo | tf.TensorInfo[],
): void {
  if (replaced.has(kernelName)) return;
  replaced.add(kernelName);
  const original = tf.getKernel(kernelName, 'wasm') as tf.KernelConfig | undefined; // typed as always there
  if (original !== undefined) {
    originals.set(kernelName, original);
    tf.unregisterKernel(kernelName, 'wasm');
  }
  tf.registerKernel({
    kernelName,
    backendName: 'wasm',
    // The stock kernels are bound to the module in their setup.
    ...(original?.setupFunc && { setupFunc: original.setupFunc }),
    kernelFunc: ({ inputs, attrs, backend }) =>
      kernelFunc(inputs as Record<Name, tf.TensorInfo>, attrs ?? {}, backend as Backend), // registered for wasm
  });
}
const replaced = new Set<string>();

/** The numbers of a float32 tensor, in place. Valid until the next allocation: the heap may move when it grows. */
export function view(backend: Backend, info: tf.TensorInfo): Float32Array {
  const values = backend.typedArrayFromHeap(info);
  if (!(values instanceof Float32Array))
    throw gantryError('INTERNAL', `a ${info.dtype} tensor where numbers are expected`);
  return values;
}

/** Lends `use` so many arrays of doubles on the heap, all 0. Valid like views: nothing may be allocated meanwhile. */
export function withDoubles<T>(
  backend: Backend,
  count: number,
  length: number,
  use: (...arrays: Float64Array[]) => T,
): T {
  const room = backend.makeOutput([2 * count * length], 'float32');
  const { buffer, byteOffset } = view(backend, room).fill(0);
  const arrays = Array.from(
    { length: count },
    (_, i) => new Float64Array(buffer, byteOffset + 8 * i * length, length),
  );
  const result = use(...arrays);
  free(backend, room);
  return result;
}

export function free(backend: Backend, ...infos: readonly tf.TensorInfo[]): void {
  for (const { dataId } of infos) backend.disposeData(dataId);
}

/** The same data under another shape, as long as `info` lives. */
export const reshaped = (info: tf.TensorInfo, shape: number[]): tf.TensorInfo => ({ ...info, shape });
