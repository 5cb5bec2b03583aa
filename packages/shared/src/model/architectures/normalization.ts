/** The discriminator's first layer where `model.normalization` is true. */
import type { RunConfig } from '../../config.ts';
import { dataStatistics } from '../../measures/statistics.ts';
import type { LayerSpec, ModelSpec } from '../spec.ts';

/**
 * What scales the discriminator's inputs by the data set's mean and standard deviation; nothing where it is not
 * asked for. Generated examples pass it too: both are judged on the same scale.
 *
 * @throws CONFIG_FIELD_INVALID for stored data that has not been read yet
 */
export function inputNormalization({ model, data }: Pick<RunConfig, 'model' | 'data'>): LayerSpec[] {
  if (!('normalization' in model) || !model.normalization) return [];
  const { mean, deviation } = dataStatistics(data);
  // A pack lays examples side by side in the channels.
  const packed = (values: readonly number[]): number[] =>
    Array.from({ length: model.pack }, () => values).flat();
  return [{ type: 'normalization', name: 'normalization', mean: packed(mean), deviation: packed(deviation) }];
}

/** With that layer first; behind a pack, which cannot be anywhere else. */
export function withInputNormalization(
  spec: ModelSpec,
  config: Pick<RunConfig, 'model' | 'data'>,
): ModelSpec {
  const { layers } = spec.discriminator;
  const behind = layers[0].type === 'pack' ? 1 : 0;
  const normalised = [...layers.slice(0, behind), ...inputNormalization(config), ...layers.slice(behind)];
  return { ...spec, discriminator: { ...spec.discriminator, layers: normalised } };
}
