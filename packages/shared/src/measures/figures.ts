/** The measures of a generator by their names, and all of them that can be told of two sets of feature vectors. */
import type { FeatureSet } from './feature-set.ts';
import { frechetDistance } from './frechet.ts';
import { coveredShare, klDivergence } from './histogram.ts';
import { kernelDistance } from './kernel-distance.ts';
import { manifoldScores } from './manifold.ts';
import { slicedWasserstein } from './sliced-wasserstein.ts';

/** docs/measures.md defines each. */
export const measureNames = [
  'modes',
  'highQuality',
  'modeKl',
  'fid',
  'kid',
  'precision',
  'recall',
  'density',
  'coverage',
  'classCoverage',
  'classKl',
  'slicedWasserstein',
] as const;
export type MeasureName = (typeof measureNames)[number];

/** Those that the data allows. */
export type Figures = Readonly<Partial<Record<MeasureName, number>>>;

/** How much is compared. Figures are comparable only where all of this is the same, and the sample count. */
export interface Effort {
  /** Subsets of the kernel distance, and vectors of each. */
  readonly subsets: number;
  readonly subsetSize: number;
  /** Samples of each set, at most, whose neighbours are looked for: their pairs are as many as the square of that. */
  readonly neighbourSamples: number;
  /** The k-th nearest neighbour bounds a ball. */
  readonly neighbours: number;
  /** Lines of the sliced Wasserstein distance. */
  readonly projections: number;
}

/** KID as it was published; precision to coverage with k = 5. */
export const usualEffort: Effort = {
  subsets: 100,
  subsetSize: 1000,
  neighbourSamples: 5000,
  neighbours: 5,
  projections: 128,
};

/** @param seed - of what is drawn on the way: subsets and directions */
export function compareFeatures(
  generated: FeatureSet,
  real: FeatureSet,
  effort: Effort,
  seed: number,
): Figures {
  const { subsets, subsetSize, neighbourSamples, neighbours, projections } = effort;
  const { length } = real;
  const [made, there] = [generated.first(Infinity), real.first(Infinity)];
  const near = manifoldScores(
    real.first(neighbourSamples),
    generated.first(neighbourSamples),
    length,
    neighbours,
  );
  return {
    fid: frechetDistance(generated.moments, real.moments),
    kid: kernelDistance(made, there, length, { count: subsets, size: subsetSize, seed }).mean,
    ...near,
    classCoverage: coveredShare(generated.classes, real.classes),
    classKl: klDivergence(generated.classes, real.classes),
    slicedWasserstein: slicedWasserstein(made, there, length, { projections, seed }),
  };
}
