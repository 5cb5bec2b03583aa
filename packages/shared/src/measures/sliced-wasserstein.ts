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
export function slicedWasserstein(a: Float32Array, b: Float32Array, size: number, slices: Slices): number {
  const directions = drawDirections(size, slices);
  const [ofA, ofB] = [new SlicedSet(directions), new SlicedSet(directions)];
  ofA.add(a);
  ofB.add(b);
  return slicedDistance(ofA, ofB);
}

export interface Directions {
  readonly size: number;
  readonly projections: number;
  /** Of length 1 each, float64 [projections, size]. */
  readonly values: Float64Array;
}

/** @param size - numbers of a sample */
export function drawDirections(size: number, { projections, seed }: Slices): Directions {
  const values = new Float64Array(projections * size);
  for (let i = 0; i < projections; i++) {
    drawDirection(values.subarray(i * size, (i + 1) * size), seed, i);
  }
  return { size, projections, values };
}

/** What is kept of a set of samples: its projections. Samples can come part by part, and from others who hold a part. */
export class SlicedSet {
  readonly directions: Directions;
  /** float64 [projections, n] of each part. */
  #parts: readonly Float64Array[] = [];
  #samples = 0;
  /** Lines that were sorted; one set may be compared with many. */
  readonly #sorted = new Map<number, Float64Array>();

  constructor(directions: Directions) {
    this.directions = directions;
  }

  get samples(): number {
    return this.#samples;
  }

  /** @param samples - float32 [n, size] */
  add(samples: Float32Array): void {
    const { size, projections, values } = this.directions;
    if (samples.length % size !== 0) {
      throw gantryError('INTERNAL', `${samples.length} numbers are not samples of ${size} each`);
    }
    const n = samples.length / size;
    const part = new Float64Array(projections * n);
    for (let line = 0; line < projections; line++) {
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (let k = 0; k < size; k++) sum += samples[i * size + k] * values[line * size + k];
        part[line * n + i] = sum;
      }
    }
    this.#parts = [...this.#parts, part];
    this.#samples += n;
    this.#sorted.clear();
  }

  /** @param part - on the same directions */
  merge(part: SlicedSet): void {
    this.#parts = [...this.#parts, ...part.#parts];
    this.#samples += part.#samples;
    this.#sorted.clear();
  }

  /** The projections on a line, sorted: the same in whatever order samples came. float64 [n] */
  along(line: number): Float64Array {
    const sorted = this.#sorted.get(line);
    if (sorted !== undefined) return sorted;
    const all = new Float64Array(this.#samples);
    let at = 0;
    for (const part of this.#parts) {
      const n = part.length / this.directions.projections;
      all.set(part.subarray(line * n, (line + 1) * n), at);
      at += n;
    }
    this.#sorted.set(line, all.sort());
    return all;
  }
}

/** @throws INTERNAL where the sets are not as large as each other, or on other directions */
export function slicedDistance(a: SlicedSet, b: SlicedSet): number {
  const { projections } = a.directions;
  if (a.samples !== b.samples || a.samples === 0 || projections !== b.directions.projections) {
    throw gantryError(
      'INTERNAL',
      `sets of ${a.samples} and ${b.samples} samples cannot be paired on the same lines`,
    );
  }
  let squares = 0;
  for (let line = 0; line < projections; line++) {
    const [ofA, ofB] = [a.along(line), b.along(line)];
    for (let n = 0; n < ofA.length; n++) squares += (ofA[n] - ofB[n]) ** 2;
  }
  return Math.sqrt(squares / projections / a.samples);
}

/** Uniform on the sphere: a normal vector, divided by its length. */
function drawDirection(direction: Float64Array, seed: number, index: number): void {
  drawNormal({ seed, purpose: 'knownAnswer', layer: 9, example: index }, direction);
  const length = Math.sqrt(direction.reduce((sum, x) => sum + x * x, 0));
  for (let i = 0; i < direction.length; i++) direction[i] /= length;
}
