/**
 * The loops of plain.ts on kernels, with the same bits, where the vectors they write lie in one memory: see
 * `newVectors`.
 */
import { homeOf, places, type Workspace } from '../codec/kernels.ts';
import { windowLength } from '../codec/runs.ts';
import {
  plainAdam,
  plainMoveAverage,
  plainScaleAndSquare,
  type AdamFactors,
  type AdamVectors,
} from './plain.ts';

/** Where all of them lie, and `length` numbers of each are; undefined: there is no such memory. */
function commonHome(length: number, vectors: readonly Float32Array[]): Workspace | undefined {
  const home = homeOf(vectors[0]);
  return vectors.every((vector) => vector.buffer === home?.buffer && vector.length >= length)
    ? home
    : undefined;
}

/** One step of Adam: writes `vectors`. @param gradient - float32 [parameters.length], which may lie elsewhere */
export function adamStep(vectors: AdamVectors, gradient: Float32Array, factors: AdamFactors): void {
  const { parameters, firstMoment, secondMoment } = vectors;
  const { length } = parameters;
  const home = commonHome(length, [parameters, firstMoment, secondMoment]);
  if (home === undefined || gradient.length < length) {
    plainAdam(vectors, gradient, factors);
    return;
  }
  const { beta1, beta2, rate, correction, epsilon } = factors;
  for (let start = 0; start < length; start += windowLength) {
    const end = Math.min(start + windowLength, length);
    home.numbers.set(gradient.subarray(start, end));
    home.kernels.adam(
      parameters.byteOffset + 4 * start,
      places.numbers,
      firstMoment.byteOffset + 4 * start,
      secondMoment.byteOffset + 4 * start,
      end - start,
      beta1,
      1 - beta1,
      beta2,
      1 - beta2,
      rate,
      correction,
      epsilon,
    );
  }
}

/** average ← decay · average + (1 − decay) · numbers; both float32 [length] */
export function moveAverage(average: Float32Array, numbers: Float32Array, decay: number): void {
  const { length } = average;
  const home = commonHome(length, [average, numbers]);
  if (home) home.kernels.moveAverage(average.byteOffset, numbers.byteOffset, length, decay, 1 - decay);
  else plainMoveAverage(average, numbers, decay);
}

/**
 * numbers ← scale · numbers, for those in [from, to)
 *
 * @returns the sum of their squares before they are rounded; not finite where one of them is not
 */
export function scaleAndSquare(numbers: Float32Array, scale: number, from: number, to: number): number {
  const home = homeOf(numbers);
  if (home === undefined) return plainScaleAndSquare(numbers, scale, from, to);
  return home.kernels.scaleAndSquare(numbers.byteOffset + 4 * from, to - from, scale);
}
