/** From a sheet of 2-D data to the file beside its picture. */
import {
  planeSizes,
  reachOf,
  type Mixture,
  type MixtureScore,
  type Plane,
  type PlaneFile,
  type PlanePoint,
} from '@gantry/shared';

/** Rounded to what can be seen: such files are as many as sheets. */
export function planeFileOf(
  iteration: number,
  mixture: Mixture,
  { generated, real, heatMap, manifold, gradients }: Plane,
  { modes, highQuality }: MixtureScore,
): PlaneFile {
  return {
    iteration,
    half: reachOf(mixture),
    real: points(real, planeSizes.real, places),
    generated: points(generated, planeSizes.real, places),
    heatMap: Array.from(heatMap, significant),
    manifold: points(manifold, Infinity, places),
    gradients: points(gradients, Infinity, significant),
    modes,
    modesTotal: mixture.centres.length,
    highQuality,
  };
}

/** Of the plane, which is a few units wide. */
const places = (x: number): number => Math.round(x * 1e4) / 1e4;

/** Scores and gradients may be of any size. */
const significant = (x: number): number => Number(x.toPrecision(4));

function points(values: Float32Array, most: number, round: (x: number) => number): PlanePoint[] {
  return Array.from({ length: Math.min(most, values.length / 2) }, (_, i) => [
    round(values[2 * i]),
    round(values[2 * i + 1]),
  ]);
}
