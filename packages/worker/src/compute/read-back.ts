/** From the device to the host, once a microbatch. The only way: here it is seen whether the device was there to the end. */
import { watchContext } from './lost-context.ts';
import * as tf from './tf.ts';

/**
 * Hands the values of `tensors`, float32, to `consume`, in order. The views are the consumer's only until it
 * returns: on wasm they lie in its heap, which the next operation may overwrite.
 *
 * @throws CONTEXT_LOST, and then `consume` is not called
 */
export async function readBack(
  tensors: readonly tf.Tensor[],
  consume: (values: readonly Float32Array[]) => void,
): Promise<void> {
  if (tf.getBackend() === 'wasm') {
    const heap = tf.backend() as tf.BackendWasm; // the backend registered as wasm
    consume(tensors.map((tensor) => heap.typedArrayFromHeap(tensor) as Float32Array)); // float32 tensors only
    return;
  }
  const expectContext = watchContext();
  // One asynchronous read: each costs a wait for the GPU.
  const flat = tf.tidy(() => tf.concat1d(tensors.map((tensor) => tf.reshape(tensor, [-1]))));
  const all = await flat.data<'float32'>();
  flat.dispose();
  expectContext();
  let at = 0;
  consume(tensors.map(({ size }) => all.subarray(at, (at += size))));
}
