/** What a browser runs for layers-webgl.test.ts: every layer on WebGL, and its numbers as plain arrays. */
import * as tf from '../../packages/worker/src/compute/tf.ts';
import { benches, everything } from '../../packages/worker/test/support/layer-bench.ts';

export interface LayerResults {
  readonly backend: string;
  /** By layer, then by what it computes. */
  readonly values: number[][][];
  /** Tensors left behind. */
  readonly left: number;
}

export async function layerResults(): Promise<LayerResults> {
  await tf.setBackend('webgl');
  const before = tf.memory().numTensors;
  const values = benches.map(([, make]) => everything(make()).map((numbers) => [...numbers]));
  return { backend: tf.getBackend(), values, left: tf.memory().numTensors - before };
}
