/**
 * Derivatives by finite differences, in float32.
 *
 * The central difference of fourth order, (8·(f(x+h) − f(x−h)) − (f(x+2h) − f(x−2h)))/12h, is off by h⁴·f⁗′/30, and by
 * the outputs' rounding (6e-8 of their size) over h. With h = 1/16 both are about 1e-6 for functions of size 1. Points
 * are multiples of 1/64, so that every step is exact; functions with a kink at 0 are tested at |x| ≥ 1/4, which no step
 * crosses.
 */
import * as tf from '../../src/compute/tf.ts';

export const step = 1 / 16;

/** Numbers with a shape, off the device. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Deterministic multiples of 1/64 in [−3/2, 3/2]; `clear` of 0 by 1/4 where asked. */
export function points(seed: number) {
  let state = seed;
  return (shape: readonly number[], clear = false): Numbers => {
    const values = new Float32Array(shape.reduce((product, side) => product * side, 1)).map(() => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const value = Math.round((state / 2 ** 32) * 192 - 96) / 64;
      return clear && Math.abs(value) < 0.25 ? value + Math.sign(value + 0.001) * 0.25 : value;
    });
    return { shape, values };
  };
}

export const upload = ({ shape, values }: Numbers): tf.Tensor => tf.tensor(values.slice(), [...shape]);

/** What `make` computes, read back; frees all that it made. */
export function compute(make: () => tf.Tensor): Float32Array {
  const tensor = tf.tidy(() => make());
  const values = tensor.dataSync<'float32'>().slice();
  tensor.dispose();
  return values;
}

export const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};

/** The derivative of `of` along one number. @param of - its outputs with so much added */
export function difference(of: (by: number) => Float32Array, h = step): Float64Array {
  const [far, near, nearer, farther] = [of(2 * h), of(h), of(-h), of(-2 * h)];
  return Float64Array.from(near, (y, i) => (8 * (y - nearer[i]) - (far[i] - farther[i])) / (12 * h));
}

/** Derivatives of Σ outputs·weights by each number of `at`, which is put back. */
export function gradient(
  at: Numbers,
  outputs: () => Float32Array,
  weights: ArrayLike<number>,
  h = step,
): Float64Array {
  const { values } = at;
  return Float64Array.from(values, (value, i) => {
    const slope = difference((by) => {
      values[i] = value + by;
      return outputs();
    }, h);
    values[i] = value;
    return dot(slope, weights);
  });
}

/** ‖found − expected‖ / max(‖expected‖, 0.1) */
export function relativeError(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Infinity;
  let error = 0;
  for (let i = 0; i < found.length; i++) error += (found[i] - expected[i]) ** 2;
  return Math.sqrt(error) / Math.max(0.1, Math.sqrt(dot(expected, expected)));
}
