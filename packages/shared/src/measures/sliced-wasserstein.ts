/**
 * How far two sets of samples lie apart, without a feature network: the sliced Wasserstein distance (N. Bonneel et al.,
 * "Sliced and Radon Wasserstein barycenters of measures", 2015). Along a line, optimal transport pairs sorted values;
 * the distance is that of the projections on many lines, whose directions are fixed by a seed.
 */
import { gantryError } from '../errors.ts';
import { drawNormal } from '../random/draw.ts';

export interface Slices {
  /** Lines to project on. */
  readonly projections: number;
  /** Of their directions. */
  readonly seed: number;
}

/**
 * √ of the mean, over lines and samples, of the squared distance between paired values (W₂). Between two draws of n
 * samples from one distribution it is not 0: compare with that.
 *
 * @param a - float32 [n, size]
 * @param b - float32 [n, size]
 * @throws INTERNAL where the sets are not as large as each other
 */
export function slicedWasserstein(
  a: Float32Array,
  b: Float32Array,
  size: number,
  { projections, seed }: Slices,
): number {
  if (a.length !== b.length || a.length === 0 || a.length % size !== 0) {
    throw gantryError(
      'INTERNAL',
      `sets of ${a.length} and ${b.length} numbers are not n samples of ${size} each`,
    );
  }
  const direction = new Float64Array(size);
  const [ofA, ofB] = [new Float64Array(a.length / size), new Float64Array(b.length / size)];
  let squares = 0;
  for (let i = 0; i < projections; i++) {
    drawDirection(direction, seed, i);
    project(a, direction, ofA);
    project(b, direction, ofB);
    for (let n = 0; n < ofA.length; n++) squares += (ofA[n] - ofB[n]) ** 2;
  }
  return Math.sqrt(squares / projections / ofA.length);
}

/** Uniform on the sphere: a normal vector, divided by its length. */
function drawDirection(direction: Float64Array, seed: number, index: number): void {
  drawNormal({ seed, purpose: 'knownAnswer', layer: 9, example: index }, direction);
  const length = Math.sqrt(direction.reduce((sum, x) => sum + x * x, 0));
  for (let i = 0; i < direction.length; i++) direction[i] /= length;
}

/** Sorted. */
function project(samples: Float32Array, direction: Float64Array, out: Float64Array): void {
  const size = direction.length;
  for (let n = 0; n < out.length; n++) {
    let sum = 0;
    for (let i = 0; i < size; i++) sum += samples[n * size + i] * direction[i];
    out[n] = sum;
  }
  out.sort();
}
