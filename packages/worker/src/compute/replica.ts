/** A network's parameters on the device. */
import type { NetworkPlan } from '@gantry/shared';
import { freeDerived, keepDerived } from './kernels/derived.ts';
import type { Parameters } from './layers/layer.ts';
import * as tf from './tf.ts';

/** @param flat - float32 [plan.parameterCount]; copied */
export function upload(plan: NetworkPlan, flat: Float32Array): Parameters {
  const backend = tf.getBackend() === 'wasm' ? (tf.backend() as tf.BackendWasm) : null; // registered as wasm
  return new Map(
    plan.parameters.map(({ name, shape, offset, size }) => {
      const values = flat.subarray(offset, offset + size);
      // Other backends than wasm keep the array they are given, and upload it when it is first used.
      const tensor = tf.tensor(backend === null ? values.slice() : values, [...shape]);
      if (backend !== null) keepDerived(backend, tensor);
      return [name, tensor];
    }),
  );
}

export function release(parameters: Parameters): void {
  for (const tensor of parameters.values()) {
    freeDerived(tensor);
    tensor.dispose();
  }
}
