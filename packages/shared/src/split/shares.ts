/**
 * Shares of the data: who draws from which. A share belongs to a block of a step, or a slot of a round, and not to a worker:
 * so a microbatch stays a pure function of its place, and workers may come and go.
 */
import { examplesPerBlock, unitsPerVersion, type RunConfig } from '../config.ts';
import { gantryError } from '../errors.ts';
import { mixtures } from '../measures/mixture.ts';
import { classesOf } from '../model/data.ts';
import { proportions, type Split } from './proportions.ts';

/** Kinds of examples that a split can tell apart: classes of labels, or the modes of points, which have none. */
export const kindsOf = (data: RunConfig['data']): number =>
  data.source === 'ring' || data.source === 'grid' ? mixtures[data.source].centres.length : classesOf(data);

/**
 * Whether the data can be divided as the configuration says, once its classes are known.
 *
 * @param size - examples of the data set, or `schedule.epochSize` where data is generated
 * @throws CONFIG_FIELD_INVALID
 */
export function checkShares(
  config: Pick<RunConfig, 'split' | 'data' | 'seed' | 'batch' | 'strategy'>,
  size: number,
): void {
  const { split, data, seed } = config;
  if (split.kind === 'identical') return;
  const kinds = split.kind === 'quantity' ? 1 : kindsOf(data);
  if (kinds === 0) {
    const reason = 'the data has no labels to be split by; only quantity needs none';
    throw gantryError('CONFIG_FIELD_INVALID', 'split.kind', split.kind, reason);
  }
  const parts = proportions(split, seed, kinds);
  // As if classes were equally frequent.
  const sizes = Array.from({ length: split.shares }, (_, share) =>
    Math.round(parts.reduce((sum, part) => sum + (part[share] * size) / kinds, 0)),
  );
  unitWeights(split, config, sizes);
}

type Planned = Pick<RunConfig, 'batch' | 'strategy'>;

/** Where an example of a step is drawn: the share, and the position in the endless order of its examples. */
export interface SharePlace {
  readonly share: number;
  readonly position: number;
}

/**
 * Each share is drawn from without a gap: its units of one step have consecutive positions, and go on from step to step.
 *
 * @param example - index in the global batch
 */
export function sharePlace(split: Split, config: Planned, step: number, example: number): SharePlace {
  const units = unitsPerVersion(config);
  const each = config.strategy.kind === 'local' ? config.batch.global : examplesPerBlock(config.batch);
  const unit = Math.floor(example / each);
  const share = unit % split.shares;
  const among = Math.floor(unit / split.shares);
  return { share, position: (step * unitsOf(split, units, share) + among) * each + (example % each) };
}

/** Units that draw from a share. */
const unitsOf = ({ shares }: Split, units: number, share: number): number =>
  Math.ceil((units - share) / shares);

/**
 * How much each unit counts in means, by its share: a share counts by its size, as in federated averaging (B. McMahan et
 * al. 2017), whatever its units are. Over all units the mean is 1.
 *
 * @param sizes - of the shares, in any unit
 * @throws CONFIG_FIELD_INVALID where a share has nothing
 */
export function unitWeights(split: Split, config: Planned, sizes: ArrayLike<number>): Float64Array {
  const units = unitsPerVersion(config);
  const all = Array.from(sizes).reduce((a, b) => a + b, 0);
  return Float64Array.from(sizes, (size, share) => {
    if (size > 0) return ((size / all) * units) / unitsOf(split, units, share);
    const reason = `share ${share} of ${split.shares} gets no examples with this seed; take fewer, or a more even split`;
    throw gantryError('CONFIG_FIELD_INVALID', 'split.shares', split.shares, reason);
  });
}

/**
 * Divides examples by their classes: whole, and each to one share.
 *
 * @param order - of each class, its examples in the order in which shares take theirs
 * @param parts - of each class, as from `proportions`
 * @returns of each share, its examples, ascending
 */
export function divide(
  order: readonly ArrayLike<number>[],
  parts: readonly Float64Array[],
  shares: number,
): readonly Uint32Array[] {
  const found = Array.from({ length: shares }, (): number[] => []);
  order.forEach((examples, label) => {
    let upTo = 0;
    let from = 0;
    for (let share = 0; share < shares; share++) {
      upTo += parts[label][share];
      // To rounding, parts add up to 1: the last that has one gets what is left.
      const to = Math.round(upTo * examples.length);
      for (let i = from; i < to; i++) found[share].push(examples[i]);
      from = Math.max(from, to);
    }
  });
  return found.map((examples) => Uint32Array.from(examples).sort());
}
