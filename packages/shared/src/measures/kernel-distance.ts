/**
 * The kernel distance between two sets of feature vectors (KID): the squared maximum mean discrepancy under the kernel
 * (x·y/d + 1)³, unbiased (M. Bińkowski et al., "Demystifying MMD GANs", ICLR 2018; A. Gretton et al., "A kernel
 * two-sample test", 2012, lemma 6). Its mean over equal distributions is 0 at every sample count, so single values may
 * be below 0.
 */
import { gantryError } from '../errors.ts';
import { boundedInteger } from '../random/draw.ts';
import { randomWords } from '../random/philox.ts';
import { eachTile, squaredNorms, tileSide, type Tile } from './products.ts';

export interface Subsets {
  /** How many are drawn. */
  readonly count: number;
  /** Vectors of each, drawn without replacement; where a set has fewer, all of it. */
  readonly size: number;
  /** Of the draws. */
  readonly seed: number;
}

export interface KernelDistance {
  /** Mean over subsets. */
  readonly mean: number;
  /** Standard deviation over subsets, divided by their number; 0 for one. */
  readonly deviation: number;
}

/**
 * @param a - float32 [n, length]
 * @param b - float32 [m, length]
 * @throws INTERNAL for fewer than two vectors
 */
export function kernelDistance(
  a: Float32Array,
  b: Float32Array,
  length: number,
  { count, size, seed }: Subsets,
): KernelDistance {
  const [n, m] = [a.length / length, b.length / length];
  if (n < 2 || m < 2) throw gantryError('INTERNAL', `${n} and ${m} vectors have no kernel distance`);
  const whole = n <= size && m <= size;
  // Of all there is one subset only.
  const found = Array.from({ length: whole ? 1 : count }, (_, subset) =>
    discrepancy(
      pick(a, length, Math.min(n, size), { seed, subset, set: 0 }),
      pick(b, length, Math.min(m, size), { seed, subset, set: 1 }),
      length,
    ),
  );
  const mean = found.reduce((sum, value) => sum + value, 0) / found.length;
  const squares = found.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / found.length) };
}

function discrepancy(a: Float32Array, b: Float32Array, length: number): number {
  const [n, m] = [a.length / length, b.length / length];
  let between = 0;
  eachTile(a, b, length, (tile) => (between += kernelSum(tile, length)));
  return within(a, length) + within(b, length) - (2 * between) / (n * m);
}

/** The mean of the kernel over pairs of two different vectors. */
function within(x: Float32Array, length: number): number {
  const n = x.length / length;
  let sum = 0;
  eachTile(x, x, length, (tile) => {
    // What lies below the diagonal stands for what lies above it, too.
    sum += (tile.firstRow === tile.firstColumn ? 1 : 2) * kernelSum(tile, length);
  });
  const own = squaredNorms(x, length).reduce((so, product) => so + cube(product / length + 1), 0);
  return (sum - own) / (n * (n - 1));
}

function kernelSum({ rows, columns, products }: Tile, length: number): number {
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) sum += cube(products[i * tileSide + j] / length + 1);
  }
  return sum;
}

const cube = (x: number): number => x * x * x;

/** `size` different vectors: the first part of a Fisher-Yates shuffle. */
function pick(
  vectors: Float32Array,
  length: number,
  size: number,
  place: { readonly seed: number; readonly subset: number; readonly set: 0 | 1 },
): Float32Array {
  const n = vectors.length / length;
  if (size === n) return vectors;
  const { seed, subset, set } = place;
  const words = randomWords({ seed, purpose: 'measure', step: subset, layer: set }, new Uint32Array(size));
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  const picked = new Float32Array(size * length);
  for (let i = 0; i < size; i++) {
    const j = i + boundedInteger(words[i], n - i);
    const chosen = order[j];
    order[j] = order[i];
    picked.set(vectors.subarray(chosen * length, (chosen + 1) * length), i * length);
  }
  return picked;
}
