/**
 * What the Fréchet distance needs of a set of feature vectors: their number, their mean, and the sum of the products of
 * their deviations. Sets merge exactly, so that whoever holds a part computes its part: T. F. Chan, G. H. Golub,
 * R. J. LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979, with an outer product
 * where that has a square.
 */
import { gantryError } from '../errors.ts';

export interface FeatureMoments {
  /** Vectors. */
  n: number;
  /** float64 [size] */
  readonly mean: Float64Array;
  /** Σ (x − mean)(x − mean)ᵀ, float64 [size, size]; only its lower half, diagonal included, is kept. */
  readonly scatter: Float64Array;
}

export function emptyFeatureMoments(size: number): FeatureMoments {
  return { n: 0, mean: new Float64Array(size), scatter: new Float64Array(size * size) };
}

/**
 * Adds vectors, in place. In two passes over them: nothing cancels where the mean is large beside the spread.
 *
 * @param features - float32 [n, size]
 */
export function addFeatures(into: FeatureMoments, features: Float32Array): void {
  const size = into.mean.length;
  if (features.length === 0) return;
  if (features.length % size !== 0) {
    throw gantryError('INTERNAL', `${features.length} numbers are not vectors of ${size} each`);
  }
  const part = emptyFeatureMoments(size);
  part.n = features.length / size;
  for (let at = 0; at < features.length; at += size) {
    for (let i = 0; i < size; i++) part.mean[i] += features[at + i];
  }
  for (let i = 0; i < size; i++) part.mean[i] /= part.n;
  const deviation = new Float64Array(size);
  for (let at = 0; at < features.length; at += size) {
    for (let i = 0; i < size; i++) deviation[i] = features[at + i] - part.mean[i];
    addOuter(part.scatter, deviation, 1);
  }
  mergeFeatureMoments(into, part);
}

/** Merges `part`, in place. */
export function mergeFeatureMoments(into: FeatureMoments, part: FeatureMoments): void {
  if (part.n === 0) return;
  const total = into.n + part.n;
  const delta = part.mean.map((mean, i) => mean - into.mean[i]);
  for (let i = 0; i < into.scatter.length; i++) into.scatter[i] += part.scatter[i];
  addOuter(into.scatter, delta, (into.n * part.n) / total);
  for (let i = 0; i < delta.length; i++) into.mean[i] += (delta[i] * part.n) / total;
  into.n = total;
}

/** The covariance, divided by n − 1. @returns float64 [size, size], symmetric */
export function covarianceOf({ n, mean, scatter }: FeatureMoments): Float64Array {
  const size = mean.length;
  const covariance = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      const value = scatter[i * size + j] / Math.max(1, n - 1);
      covariance[i * size + j] = value;
      covariance[j * size + i] = value;
    }
  }
  return covariance;
}

/** Adds weight·x·xᵀ to the lower half of `sum`. */
function addOuter(sum: Float64Array, x: Float64Array, weight: number): void {
  const size = x.length;
  for (let i = 0; i < size; i++) {
    const scaled = weight * x[i];
    const row = i * size;
    for (let j = 0; j <= i; j++) sum[row + j] += scaled * x[j];
  }
}
