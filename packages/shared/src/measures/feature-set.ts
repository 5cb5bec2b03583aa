/**
 * What is kept of a set of images as a feature network sees them. Parts merge, so that those who hold a part compute
 * its part: the Fréchet distance from moments; measures of pairs and neighbours from the vectors themselves, which are
 * small.
 */
import {
  addFeatures,
  emptyFeatureMoments,
  mergeFeatureMoments,
  type FeatureMoments,
} from './feature-moments.ts';

export class FeatureSet {
  readonly moments: FeatureMoments;
  /** Images by the class that they are taken for, float64 [classes] */
  readonly classes: Float64Array;
  readonly #length: number;
  #vectors: readonly Float32Array[] = [];

  /** @param length - numbers of a feature vector */
  constructor(length: number, classes: number) {
    this.#length = length;
    this.moments = emptyFeatureMoments(length);
    this.classes = new Float64Array(classes);
  }

  get samples(): number {
    return this.moments.n;
  }

  get length(): number {
    return this.#length;
  }

  /**
   * @param features - float32 [n, length]; kept
   * @param classes - that the images are taken for, [n]
   */
  add(features: Float32Array, classes: Int32Array): void {
    addFeatures(this.moments, features);
    for (const each of classes) this.classes[each] += 1;
    this.#vectors = [...this.#vectors, features];
  }

  /** Puts another part's vectors behind this one's. */
  merge(part: FeatureSet): void {
    mergeFeatureMoments(this.moments, part.moments);
    part.classes.forEach((count, label) => (this.classes[label] += count));
    this.#vectors = [...this.#vectors, ...part.#vectors];
  }

  /** The first vectors, at most `most`. @returns float32 [n, length] */
  first(most: number): Float32Array {
    const count = Math.min(most, this.samples) * this.#length;
    const all = new Float32Array(count);
    let at = 0;
    for (const part of this.#vectors) {
      const fitting = part.subarray(0, count - at);
      all.set(fitting, at);
      at += fitting.length;
    }
    return all;
  }
}
