/** Many examples through a network some at a time, so that thousands need no more memory than a training step. */
import { macrotask } from './macrotask.ts';
import { readBack } from './read-back.ts';
import * as tf from './tf.ts';

/** Examples at a time. */
export const examplesAtOnce = 256;

/**
 * Yields to the event loop between parts.
 *
 * @param count - examples in all
 * @param length - numbers that come out for each
 * @param make - of examples `first … first + n − 1`; what it makes besides its result is freed
 * @returns float32 [count, length]
 * @throws CONTEXT_LOST
 */
export async function inParts(
  count: number,
  length: number,
  make: (first: number, n: number) => tf.Tensor,
  atOnce = examplesAtOnce,
): Promise<Float32Array<ArrayBuffer>> {
  const out = new Float32Array(count * length);
  for (let first = 0; first < count; first += atOnce) {
    const made = tf.tidy(() => make(first, Math.min(atOnce, count - first)));
    // One part after another, to bound memory.
    // oxlint-disable-next-line no-await-in-loop
    await readBack([made], ([values]) => out.set(values, first * length));
    made.dispose();
    // oxlint-disable-next-line no-await-in-loop
    await macrotask();
  }
  return out;
}
