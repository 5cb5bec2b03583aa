/** A network's parameters on the device. */
import type { NetworkPlan } from '@gantry/shared';
import type { Parameters } from './layers/layer.ts';
import * as tf from './tf.ts';

/** @param flat - float32 [plan.parameterCount]; copied */
export function upload(plan: NetworkPlan, flat: Float32Array): Parameters {
  // slice: other backends than wasm keep the array they are given, and upload it when it is first used.
  return new Map(
    plan.parameters.map(({ name, shape, offset, size }) => [
      name,
      tf.tensor(flat.slice(offset, offset + size), [...shape]),
    ]),
  );
}

export function release(parameters: Parameters): void {
  for (const tensor of parameters.values()) tensor.dispose();
}
