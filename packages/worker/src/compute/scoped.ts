/** `tf.tidy` for results that are plain objects of ours: it keeps the tensors it finds in them. */
import * as tf from './tf.ts';

/** Frees every tensor made inside but those in the result, which may hold numbers, nulls and nested objects too. */
export function scoped<T extends object>(make: () => T): T {
  // An interface has no index signature, which TensorContainer asks for; tidy walks it all the same.
  return tf.tidy(() => make() as unknown as tf.TensorContainerObject) as unknown as T;
}
