/**
 * Shares of the data: who draws from which. A share belongs to a block of a step, or a slot of a round, or a step that is one
 * lease, and not to a worker: so a microbatch stays a pure function of its place, and workers may come and go.
 */
import { examplesPerBlock, unitsPerVersion, type RunConfig } from '../config.ts';
import { gantryError } from '../errors.ts';
import { mixtures } from '../measures/mixture.ts';
import { classesOf } from '../model/data.ts';
import { drawUniform } from '../random/draw.ts';
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
  planShares(split, config, sizes);
}

type Planned = Pick<RunConfig, 'batch' | 'strategy'>;

/** Where an example of a step is drawn: the share, and the position in the endless order of its examples. */
export interface SharePlace {
  readonly share: number;
  readonly position: number;
}

/** Who draws from which share, and how much it counts. */
export interface SharePlan {
  /** @param example - index in the global batch */
  place(step: number, example: number): SharePlace;
  /** How much the examples of a block, or of a slot, count in means: 1 on average. */
  weight(unit: number): number;
}

/**
 * A share counts by its size, as in federated averaging (B. McMahan et al. 2017). With the strategy `asynchronous`, where a
 * step is of one share, that is how often it is drawn from; else how much each of its units counts, whatever these are.
 *
 * @param sizes - of the shares, in any unit
 * @throws CONFIG_FIELD_INVALID where a share has nothing
 */
export function planShares(
  split: Split,
  config: Planned & Pick<RunConfig, 'seed'>,
  sizes: readonly number[],
): SharePlan {
  const empty = sizes.findIndex((size) => size <= 0);
  if (empty >= 0) {
    const reason = `share ${empty} of ${split.shares} gets no examples with this seed; take fewer, or a more even split`;
    throw gantryError('CONFIG_FIELD_INVALID', 'split.shares', split.shares, reason);
  }
  return config.strategy.kind === 'asynchronous'
    ? shareOfSteps(config, sizes)
    : shareOfUnits(split, config, sizes);
}

/** Each share is drawn from without a gap: its units of one step have consecutive positions, and go on from step to step. */
function shareOfUnits({ shares }: Split, config: Planned, sizes: readonly number[]): SharePlan {
  const units = unitsPerVersion(config);
  const each = config.strategy.kind === 'local' ? config.batch.global : examplesPerBlock(config.batch);
  const unitsOf = (share: number): number => Math.ceil((units - share) / shares);
  const all = sizes.reduce((a, b) => a + b, 0);
  return {
    place(step, example) {
      const unit = Math.floor(example / each);
      const share = unit % shares;
      const before = step * unitsOf(share) + Math.floor(unit / shares);
      return { share, position: before * each + (example % each) };
    },
    weight: (unit) => ((sizes[unit % shares] / all) * units) / unitsOf(unit % shares),
  };
}

/** By chance: in mid-run a share leaves out the examples of those steps that draw from others. */
function shareOfSteps(
  { batch, seed }: Planned & Pick<RunConfig, 'seed'>,
  sizes: readonly number[],
): SharePlan {
  const choose = chooseBy(sizes);
  const uniform = new Float64Array(1);
  return {
    place(step, example) {
      drawUniform({ seed, purpose: 'split', layer: 4, step }, uniform);
      return { share: choose(uniform[0]), position: step * batch.global + example };
    },
    weight: () => 1,
  };
}

/** Which of several a uniform number in [0, 1) stands for. @param likely - of each, in any unit; not all 0 */
export function chooseBy(likely: readonly number[]): (uniform: number) => number {
  const all = likely.reduce((a, b) => a + b, 0);
  const last = likely.findLastIndex((part) => part > 0);
  return (uniform) => {
    let left = uniform * all;
    for (let choice = 0; choice < last; choice++) {
      left -= likely[choice];
      if (left < 0) return choice;
    }
    return last;
  };
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
