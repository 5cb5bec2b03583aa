/**
 * What a sample sheet of 2-D data holds of the plane: points, how the discriminator sees it, and what the generator
 * makes of its latent space. Sizes are fixed, so that both sides know the bytes of a sheet.
 */
import type { RunConfig } from './config.ts';
import { exampleShape } from './model/data.ts';
import { volume } from './model/spec.ts';
import type { Mixture } from './measures/mixture.ts';

export const planeSizes = {
  /** Real points shown beside generated ones. */
  real: 500,
  /** Cells of the heat map's side. */
  heatMap: 48,
  /** Knots of the manifold's side. */
  manifold: 16,
  /** Generated points, the first ones, at which the generator's gradient is taken. */
  gradients: 200,
} as const;

/** All float32. */
export interface Plane {
  /** [samples, 2] */
  readonly generated: Float32Array<ArrayBuffer>;
  /** [500, 2] */
  readonly real: Float32Array<ArrayBuffer>;
  /** The discriminator's scores at the centres of the cells, [48, 48], the row on top first. */
  readonly heatMap: Float32Array<ArrayBuffer>;
  /** What the generator makes of `manifoldLatents`, [16, 16, 2]. */
  readonly manifold: Float32Array<ArrayBuffer>;
  /** Of the generator's loss by each of the first generated points, [200 or fewer, 2]. */
  readonly gradients: Float32Array<ArrayBuffer>;
}

const parts = (samples: number): readonly (readonly [keyof Plane, number])[] => [
  ['generated', 2 * samples],
  ['real', 2 * planeSizes.real],
  ['heatMap', planeSizes.heatMap ** 2],
  ['manifold', 2 * planeSizes.manifold ** 2],
  ['gradients', 2 * Math.min(planeSizes.gradients, samples)],
];

/** Bytes of a sample sheet: images as bytes, or a plane in float32. */
export const sheetBytes = (data: RunConfig['data'], samples: number): number =>
  isPlane(data)
    ? 4 * parts(samples).reduce((sum, [, length]) => sum + length, 0)
    : pictureBytes(data, samples);

/** Bytes of generated examples alone: images as bytes, or points in float32. */
export const pictureBytes = (data: RunConfig['data'], samples: number): number =>
  samples * volume(exampleShape(data)) * (isPlane(data) ? 4 : 1);

/** Whether examples are points of the plane. */
export const isPlane = (
  data: RunConfig['data'],
): data is Extract<RunConfig['data'], { source: 'ring' | 'grid' }> =>
  data.source === 'ring' || data.source === 'grid';

/** The parts of a plane's payload, as views on it. @param all - [sheetBytes / 4] */
export function planeOf(all: Float32Array<ArrayBuffer>, samples: number): Plane {
  let at = 0;
  const views = parts(samples).map(([name, length]) => [name, all.subarray(at, (at += length))] as const);
  return Object.fromEntries(views) as unknown as Plane; // each of its parts has its name there
}

/** Half the width of what is seen: all of the mixture, with room for what goes astray. */
export function reachOf(mixture: Mixture): number {
  const farthest = Math.max(...mixture.centres.flat().map(Math.abs));
  return farthest * 1.3 + 3 * mixture.deviation;
}

/** Centres of the heat map's cells. @returns float32 [48 · 48, 2], the row on top first */
export function heatMapPoints(mixture: Mixture): Float32Array<ArrayBuffer> {
  const { heatMap: side } = planeSizes;
  const half = reachOf(mixture);
  const points = new Float32Array(2 * side * side);
  for (let cell = 0; cell < side * side; cell++) {
    points[2 * cell] = half * ((2 * (cell % side) + 1) / side - 1);
    points[2 * cell + 1] = half * (1 - (2 * Math.floor(cell / side) + 1) / side);
  }
  return points;
}

/**
 * Where the standard normal distribution function is (i + ½)/16, for i from 8 on: between neighbours lies one sixteenth of
 * all latents, so each cell of the mesh holds equally many samples.
 */
const quantiles = [0.078412, 0.237202, 0.40225, 0.579132, 0.776422, 1.00999, 1.318011, 1.862732];
const knots = [...quantiles.toReversed().map((z) => -z), ...quantiles];

/**
 * A mesh in latent space. Of more than two dimensions it is the slice through the first two, all others being 0.
 *
 * @returns float32 [16 · 16, latent], row by row: the second number changes from row to row
 */
export function manifoldLatents(latent: number): Float32Array<ArrayBuffer> {
  const latents = new Float32Array(knots.length ** 2 * latent);
  knots.forEach((second, row) =>
    knots.forEach((first, column) => {
      const at = (row * knots.length + column) * latent;
      latents.set([first, second].slice(0, latent), at);
    }),
  );
  return latents;
}
