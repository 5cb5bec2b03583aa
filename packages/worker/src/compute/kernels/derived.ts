/**
 * What kernels make of a network's parameters and need again in the next microbatch: transposes, parts of filters. It is
 * kept as long as the parameter is, and with it what the stock kernels make of it (they pack a right-hand side once).
 */
import type * as tf from '../tf.ts';
import { free, type Backend } from './wasm-kernel.ts';

interface Kept {
  readonly backend: Backend;
  readonly infos: Map<string, tf.TensorInfo>;
}
const kept = new WeakMap<tf.DataId, Kept>();

/** From now on what is derived from this parameter stays. */
export function keepDerived(backend: Backend, { dataId }: tf.TensorInfo): void {
  kept.set(dataId, { backend, infos: new Map() });
}

/** Call before the parameter itself is disposed. */
export function freeDerived({ dataId }: tf.TensorInfo): void {
  const found = kept.get(dataId);
  if (found === undefined) return;
  kept.delete(dataId);
  free(found.backend, ...found.infos.values());
}

/**
 * Hands `use` what `make` gives, which is kept where `from` is a parameter, and freed afterwards where it is not.
 *
 * @param name - of the derivation, with all that it depends on
 */
export function withDerived<T>(
  backend: Backend,
  from: tf.TensorInfo,
  name: string,
  make: () => tf.TensorInfo,
  use: (derived: tf.TensorInfo) => T,
): T {
  const infos = kept.get(from.dataId)?.infos;
  const known = infos?.get(name);
  if (known !== undefined) return use(known);
  const made = make();
  infos?.set(name, made);
  const result = use(made);
  if (infos === undefined) free(backend, made);
  return result;
}
