/**
 * The measures of a generator: samples of it beside real ones. Points are measured as they are; images through the
 * feature network of their data, or where they have no labels as pixels.
 */
import {
  drawDirections,
  exampleShape,
  gantryError,
  isPlane,
  mixtures,
  modeHistogram,
  quantise,
  scoreMixture,
  slicedDistance,
  SlicedSet,
  volume,
  type Mixture,
  type RunConfig,
} from '@gantry/shared';
import {
  compareFeatures,
  FeatureSet,
  klDivergence,
  usualEffort,
  type Effort,
  type Figures,
} from '@gantry/shared/measures';
import type { FeatureNetwork } from '../features/feature-network.ts';
import { eachPart, type Draw } from './samples.ts';

export interface Comparison {
  readonly config: Pick<RunConfig, 'data'>;
  /** Of the data, from `openFeatures`; null for points, and for images without labels. */
  readonly features: FeatureNetwork | null;
  readonly real: Draw;
  /** Of each set. Figures depend on it: compare those of equal counts only. */
  readonly samples: number;
  /** Of what is drawn on the way: subsets and directions. */
  readonly seed: number;
  /** The usual one by default. */
  readonly effort?: Partial<Effort> | undefined;
}

/** A figure's worth depends on all of this. */
export interface Measured {
  readonly figures: Figures;
  readonly samples: number;
  readonly seed: number;
  /** Of the feature network; null where none was used. */
  readonly featureHash: string | null;
}

/** Measures what a generator makes against real samples that were looked at before. @throws SAMPLES_NOT_FINITE */
export type MeasureAgainst = (generated: Draw) => Promise<Measured>;

/** One generator, measured once. @throws SAMPLES_NOT_FINITE */
export async function measureGenerator(comparison: Comparison, generated: Draw): Promise<Measured> {
  return (await measureAgainst(comparison))(generated);
}

/** Looks at the real samples, once for many generators. */
export async function measureAgainst(comparison: Comparison): Promise<MeasureAgainst> {
  const { config, features, samples, seed } = comparison;
  const effort = { ...usualEffort, ...comparison.effort };
  const compare = await comparer({ ...comparison, effort }, config.data, features);
  return async (generated) => ({
    figures: await compare(generated),
    samples,
    seed,
    featureHash: features?.hash ?? null,
  });
}

type Compare = (generated: Draw) => Promise<Figures>;
type Task = Pick<Comparison, 'real' | 'samples' | 'seed'> & { readonly effort: Effort };

function comparer(task: Task, data: RunConfig['data'], features: FeatureNetwork | null): Promise<Compare> {
  if (isPlane(data)) return comparePoints(task, mixtures[data.source]);
  if (features !== null) return compareSeen(task, features);
  return comparePixels(task, volume(exampleShape(data)));
}

/** Lines are few where there are few dimensions to go in. */
const planeProjections = 32;

async function comparePoints({ real, samples, seed }: Task, mixture: Mixture): Promise<Compare> {
  const directions = drawDirections(2, { projections: planeProjections, seed });
  const lookAt = async (draw: Draw): Promise<{ all: Float32Array; sliced: SlicedSet }> => {
    const all = new Float32Array(2 * samples);
    const sliced = new SlicedSet(directions);
    let at = 0;
    await eachPart(draw, samples, (part) => {
      checkFinite(part);
      all.set(part, at);
      at += part.length;
      sliced.add(part);
    });
    return { all, sliced };
  };
  const there = await lookAt(real);
  return async (generated) => {
    const { all, sliced } = await lookAt(generated);
    const { modes, highQuality } = scoreMixture(mixture, all);
    return {
      modes,
      highQuality,
      modeKl: klDivergence(modeHistogram(mixture, all)),
      slicedWasserstein: slicedDistance(sliced, there.sliced),
    };
  };
}

async function compareSeen(
  { real, samples, seed, effort }: Task,
  features: FeatureNetwork,
): Promise<Compare> {
  const lookAt = async (draw: Draw): Promise<FeatureSet> => {
    const set = new FeatureSet(features.featureLength, features.plan.classes);
    await eachPart(draw, samples, async (part) => {
      checkFinite(part);
      const seen = await features.look(quantise(part));
      set.add(seen.features, seen.classes);
    });
    return set;
  };
  const there = await lookAt(real);
  return async (generated) => compareFeatures(await lookAt(generated), there, effort, seed);
}

/** Numbers of all directions together, at most: those of large images would fill the memory. */
const mostDirections = 2 ** 24;

async function comparePixels({ real, samples, seed, effort }: Task, size: number): Promise<Compare> {
  const projections = Math.max(1, Math.min(effort.projections, Math.floor(mostDirections / size)));
  const directions = drawDirections(size, { projections, seed });
  const lookAt = async (draw: Draw): Promise<SlicedSet> => {
    const set = new SlicedSet(directions);
    await eachPart(draw, samples, (part) => {
      checkFinite(part);
      set.add(quantise(part));
    });
    return set;
  };
  const there = await lookAt(real);
  return async (generated) => ({ slicedWasserstein: slicedDistance(await lookAt(generated), there) });
}

function checkFinite(samples: Float32Array): void {
  const at = samples.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw gantryError('SAMPLES_NOT_FINITE', samples[at]);
}
