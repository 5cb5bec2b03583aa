/**
 * Where a pass is cut with `batchNorm.statistics: "global"`: at each batch-norm layer, once forward (moments) and once
 * backward (S1 = Σ dy and S2 = Σ dy·(x − μ)), in the order in which every worker comes there. Both sides derive it from
 * the plan, so an exchange needs no more than its number.
 */
import type { PhaseName, RunConfig } from '../config.ts';
import { emptyMoments, mergeMoments } from '../moments.ts';
import type { ModelPlan } from './plan.ts';
import type { BatchNormEntry } from './plan.ts';

export interface ExchangeSpec {
  readonly network: PhaseName;
  readonly layer: BatchNormEntry;
  /** Batches that pass side by side, each with its own statistics: real, then fake; or one. */
  readonly groups: number;
  readonly direction: 'forward' | 'backward';
}

/** Numbers that a block contributes, and that come back: for each group mean and M2, or S1 and S2, [channels] each. */
export const exchangeLength = ({ layer, groups }: ExchangeSpec): number => 2 * groups * layer.channels;

/** Batches that pass the discriminator side by side in a phase: real and fake, or the fakes alone. */
export const discriminatorGroups = (phase: PhaseName, loss: RunConfig['loss']): number =>
  phase === 'discriminator' || loss.kind === 'relativistic' ? 2 : 1;

/** The exchanges of one step of `phase`, in order. */
export function exchangesOf(
  model: ModelPlan,
  phase: PhaseName,
  loss: RunConfig['loss'],
): readonly ExchangeSpec[] {
  const through = (
    network: PhaseName,
    groups: number,
    direction: ExchangeSpec['direction'],
    wanted: (passesBack: boolean) => boolean,
  ): ExchangeSpec[] => {
    const found = model[network].layers.flatMap(({ batchNorm, passesBack }) =>
      batchNorm?.trainable === true && wanted(passesBack)
        ? [{ network, layer: batchNorm, groups, direction }]
        : [],
    );
    return direction === 'forward' ? found : found.toReversed();
  };
  const all = () => true;
  const groups = discriminatorGroups(phase, loss);
  return [
    ...through('generator', 1, 'forward', all),
    ...through('discriminator', groups, 'forward', all),
    // The generator's phase goes back through all of the discriminator; its own only as far as something trains.
    ...through('discriminator', groups, 'backward', phase === 'generator' ? all : (passesBack) => passesBack),
    ...(phase === 'generator' ? through('generator', 1, 'backward', (passesBack) => passesBack) : []),
  ];
}

/**
 * Merges what parts of a batch contribute to an exchange, in their order: moments exactly, sums by adding.
 *
 * @param parts - float32 [groups, 2, channels] each: mean and M2, or S1 and S2
 * @param examples - of each part; 0 is allowed, and counts for nothing
 * @param out - float32 [groups, 2, channels], written
 */
export function mergeExchange(
  { layer: { channels, positions }, groups, direction }: ExchangeSpec,
  parts: readonly Float32Array[],
  examples: number,
  out: Float32Array,
): void {
  for (let group = 0; group < groups; group++) {
    const first = 2 * group * channels;
    const second = first + channels;
    const total = emptyMoments(channels);
    for (const part of parts) {
      const a = part.subarray(first, second);
      const b = part.subarray(second, second + channels);
      if (direction === 'forward') mergeMoments(total, examples * positions, a, b);
      else {
        for (let c = 0; c < channels; c++) {
          total.mean[c] += a[c];
          total.m2[c] += b[c];
        }
      }
    }
    out.set(total.mean, first);
    out.set(total.m2, second);
  }
}
