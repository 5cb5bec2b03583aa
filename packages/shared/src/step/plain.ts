/**
 * What the coordinator does to whole vectors after each step, as plain loops: they say what is computed, and run where
 * there are no kernels, and on workers. Numbers are float32 in memory and double precision between.
 */

/** Factors of one step of Adam: see src/optimizer.ts. */
export interface AdamFactors {
  readonly beta1: number;
  readonly beta2: number;
  /** Learning rate, over the first moment's bias. */
  readonly rate: number;
  /** Of the second moment's root. */
  readonly correction: number;
  readonly epsilon: number;
}

/** Vectors of one float32 a parameter. */
export interface AdamVectors {
  readonly parameters: Float32Array;
  readonly firstMoment: Float32Array;
  readonly secondMoment: Float32Array;
}

/** One step of Adam: writes `vectors`. @param gradient - float32 [parameters.length] */
export function plainAdam(vectors: AdamVectors, gradient: Float32Array, factors: AdamFactors): void {
  const { parameters, firstMoment: m, secondMoment: v } = vectors;
  const { beta1, beta2, rate, correction, epsilon } = factors;
  for (let i = 0; i < parameters.length; i++) {
    const g = gradient[i];
    const mean = beta1 * m[i] + (1 - beta1) * g;
    const square = beta2 * v[i] + (1 - beta2) * g * g;
    m[i] = mean;
    v[i] = square;
    parameters[i] -= (rate * mean) / (Math.sqrt(square) * correction + epsilon);
  }
}

/** average ← decay · average + (1 − decay) · numbers; both float32 [length] */
export function plainMoveAverage(average: Float32Array, numbers: Float32Array, decay: number): void {
  for (let i = 0; i < average.length; i++) average[i] = decay * average[i] + (1 - decay) * numbers[i];
}

/**
 * numbers ← scale · numbers, for those in [from, to)
 *
 * @returns the sum of their squares before they are rounded: as vectors add, four sums of every fourth number, and one
 *   of the last few
 */
export function plainScaleAndSquare(numbers: Float32Array, scale: number, from: number, to: number): number {
  let [a, b, c, d, last] = [0, 0, 0, 0, 0];
  let i = from;
  for (; i + 4 <= to; i += 4) {
    const x = numbers[i] * scale;
    const y = numbers[i + 1] * scale;
    const z = numbers[i + 2] * scale;
    const w = numbers[i + 3] * scale;
    numbers[i] = x;
    numbers[i + 1] = y;
    numbers[i + 2] = z;
    numbers[i + 3] = w;
    a += x * x;
    b += y * y;
    c += z * z;
    d += w * w;
  }
  for (; i < to; i++) {
    const x = numbers[i] * scale;
    numbers[i] = x;
    last += x * x;
  }
  return a + c + (b + d) + last;
}
