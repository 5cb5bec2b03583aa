/** `--from` and `--freeze` on the command line: opening the source, and saying what became of it. */
import { basename } from 'node:path';
import { formatCount, gantryError, phaseNames, type ModelPlan, type RunConfig } from '@gantry/shared';
import type { Checkpoint } from '../run/checkpoint.ts';
import { openSource } from '../run/source.ts';
import { planTransfer, shapesOf } from '../training/transfer.ts';

export interface ConfiguredSource {
  readonly checkpoint: Checkpoint;
  /** As it goes into the configuration: with the fingerprint. */
  readonly from: NonNullable<RunConfig['from']>;
}

/**
 * Opens what the configuration starts from; null where it starts anew.
 *
 * @throws SOURCE_INVALID, also where the source is not what it was when the configuration's run began
 */
export async function openConfiguredSource({
  from,
}: Pick<RunConfig, 'from'>): Promise<ConfiguredSource | null> {
  if (from === null) return null;
  const { checkpoint, fingerprint } = await openSource(from.path);
  if (from.fingerprint !== undefined && from.fingerprint !== fingerprint) {
    throw gantryError(
      'SOURCE_INVALID',
      checkpoint.path,
      `its parameters have fingerprint ${fingerprint}, and those that the configuration started from had ${from.fingerprint}. Give the checkpoint it started from, or take this one with --from ${from.path}`,
    );
  }
  return { checkpoint, from: { path: from.path, fingerprint } };
}

const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/**
 * What was loaded, what was made new, and why, and what was left over, as lines.
 *
 * @throws SOURCE_INVALID where nothing matches
 */
export function describeTransfer({ checkpoint, from }: ConfiguredSource, model: ModelPlan): string[] {
  const ours = shapesOf(model);
  const { loaded, made, left } = planTransfer(ours, checkpoint.tensors);
  if (loaded.length === 0) {
    const [{ name, ours: here, theirs: there }] = made;
    const why =
      there === null
        ? `${name} is not there`
        : `${name} has shape ${shapeText(there)} there and ${shapeText(here)} here`;
    throw gantryError(
      'SOURCE_INVALID',
      from.path,
      `none of its tensors matches this run's networks by name and shape (${why}). Start from a run of the same architecture`,
    );
  }
  const frozen = frozenNames(model);
  const frozenNew = made.find(({ name }) => frozen.has(name));
  return [
    `From ${from.path} (${basename(checkpoint.path)}, after ${checkpoint.record.position.iteration} iterations): ${loaded.length} of ${ours.size} tensors loaded, ${made.length} made new, ${left.length} left over.`,
    ...made.map(({ name, ours: here, theirs: there }) =>
      there === null
        ? `  made new: ${name} ${shapeText(here)}, which is not there`
        : `  made new: ${name} ${shapeText(here)}, which has shape ${shapeText(there)} there`,
    ),
    ...left.map((name) => `  left over: ${name} ${shapeText(checkpoint.tensors.get(name)?.shape ?? [])}`),
    ...(frozenNew === undefined
      ? []
      : [`Note: ${frozenNew.name} is frozen and made new: it keeps the random values it begins with.`]),
  ];
}

const frozenNames = (model: ModelPlan): ReadonlySet<string> =>
  new Set(
    phaseNames.flatMap((network) =>
      model[network].parameters.filter(({ trainable }) => !trainable).map(({ name }) => `${network}/${name}`),
    ),
  );

/** How much of each network stays as it is, as lines; none where nothing does. */
export function describeFrozen(model: ModelPlan): string[] {
  return phaseNames.flatMap((network) => {
    const { parameters, parameterCount, trainableCount } = model[network];
    if (trainableCount === parameterCount) return [];
    const names = parameters.filter(({ trainable }) => !trainable).map(({ name }) => name);
    return [
      `Frozen in the ${network}: ${names.join(', ')} (${formatCount(parameterCount - trainableCount)} of ${formatCount(parameterCount)} parameters).`,
    ];
  });
}
