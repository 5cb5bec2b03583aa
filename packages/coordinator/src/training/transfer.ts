/**
 * Starting from another run: which of its tensors go where. Names and shapes only; what reads files is
 * `run/source`, what copies numbers is the trainer.
 */
import { phaseNames, type ModelPlan, type NetworkPlan } from '@gantry/shared';

/** A named tensor's place in a network's flat vector. */
export interface TensorPlace {
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
}

/** @param prefix - `discriminator` makes `discriminator/conv0/kernel` */
export const parameterPlaces = (plan: NetworkPlan, prefix: string): TensorPlace[] =>
  plan.parameters.map(({ name, shape, offset, size }) => ({
    name: `${prefix}/${name}`,
    shape,
    offset,
    size,
  }));

/** Mean and variance of each batch-norm layer, in the flat running statistics. */
export const runningPlaces = (plan: NetworkPlan, prefix: string): TensorPlace[] =>
  plan.batchNorms.flatMap(({ name, offset, channels: size }) => [
    { name: `${prefix}/${name}/runningMean`, shape: [size], offset, size },
    { name: `${prefix}/${name}/runningVariance`, shape: [size], offset: offset + size, size },
  ]);

type Shape = readonly number[];

/** Names and shapes of all that a run can take from another: parameters, running statistics, moving average. */
export function shapesOf(model: ModelPlan): Map<string, { readonly shape: Shape }> {
  const places = [
    ...phaseNames.flatMap((name) => [
      ...parameterPlaces(model[name], name),
      ...runningPlaces(model[name], name),
    ]),
    ...parameterPlaces(model.generator, 'ema/generator'),
  ];
  return new Map(places.map(({ name, shape }) => [name, { shape }]));
}

export interface TransferPlan {
  /** Tensors that both have, with equal shapes. */
  readonly loaded: readonly string[];
  /** Tensors that begin as in any new run: `theirs` is the source's shape, null where it has none of that name. */
  readonly made: readonly { readonly name: string; readonly ours: Shape; readonly theirs: Shape | null }[];
  /** The source's parameters and statistics that have no place here. */
  readonly left: readonly string[];
}

/** How the source's optimizer and its workers' replicas stood belongs to its own run. */
const isOfItsRun = (name: string): boolean => /^(?:optimizer|replica)\//.test(name);

/**
 * Matches tensors by name and shape.
 *
 * @param ours - what the new run has, as from `shapesOf`
 * @param theirs - what the source's checkpoint has
 */
export function planTransfer(
  ours: ReadonlyMap<string, { readonly shape: Shape }>,
  theirs: ReadonlyMap<string, { readonly shape: Shape }>,
): TransferPlan {
  const loaded: string[] = [];
  const made: TransferPlan['made'][number][] = [];
  for (const [name, { shape }] of ours) {
    const found = theirs.get(name)?.shape ?? null;
    const same = found?.length === shape.length && found.every((side, i) => side === shape[i]);
    if (same) loaded.push(name);
    else made.push({ name, ours: shape, theirs: found });
  }
  return { loaded, made, left: [...theirs.keys()].filter((name) => !ours.has(name) && !isOfItsRun(name)) };
}
