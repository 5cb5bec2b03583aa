/** Reading a parameter from those on the device. */
import { gantryError } from '@gantry/shared';
import type * as tf from '../tf.ts';

/** @throws INTERNAL where the network was not loaded */
export function parameterOf(parameters: ReadonlyMap<string, tf.Tensor>, name: string): tf.Tensor {
  const tensor = parameters.get(name);
  if (tensor === undefined) throw gantryError('INTERNAL', `parameter ${name} was not loaded`);
  return tensor;
}
