/** A layer's outputs, to be compared with what was done by hand. */
import { planNetwork, type LayerSpec, type SimpleLayerSpec } from '@gantry/shared';
import { expect } from 'vitest';
import { buildLayer } from '../../src/compute/layers/build.ts';
import type { Pass } from '../../src/compute/layers/layer.ts';
import * as tf from '../../src/compute/tf.ts';

export const plain: Pass = {
  parameters: new Map(),
  groups: 1,
  training: true,
  running: new Float32Array(0),
  labels: null,
  noise: null,
  pooled: null,
};
export const epsilon = 1e-5;
export const initializer = { kind: 'fan-in-uniform' } as const;

/** A layer's outputs. @param x - [rows, ...example]; @param index - of the layer in its network */
export function outputs(
  spec: SimpleLayerSpec,
  x: tf.TensorLike,
  pass: Partial<Pass> = {},
  parameters: Readonly<Record<string, tf.TensorLike>> = {},
  index = 0,
): number[] {
  return tf.tidy(() => {
    const input = tf.tensor(x);
    const network = { input: input.shape.slice(1), layers: [spec] as LayerSpec[], initializer };
    const [plan] = planNetwork(network, {
      role: 'discriminator',
      classes: 2,
      microbatch: input.shape[0],
    }).layers;
    const named = Object.entries(parameters).map(
      ([name, values]) => [`layer/${name}`, tf.tensor(values)] as const,
    );
    const all = { ...plain, parameters: new Map(named), ...pass };
    return [...buildLayer(spec, plan, index, epsilon).forward(input, all).output.dataSync()];
  });
}

/** To float32 rounding. */
export const close = (found: readonly number[], expected: readonly number[]): void => {
  expect(found.length).toBe(expected.length);
  found.forEach((x, i) =>
    expect(Math.abs(x - expected[i]), `[${i}]: ${x}, not ${expected[i]}`).toBeLessThan(2e-5),
  );
};
