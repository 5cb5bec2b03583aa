/**
 * Precision and recall (T. Kynkäänniemi et al., "Improved precision and recall metric for assessing generative models",
 * NeurIPS 2019), density and coverage (M. F. Naeem et al., "Reliable fidelity and diversity metrics for generative
 * models", ICML 2020). Around each sample lies a ball that reaches to its k-th nearest neighbour among samples of its
 * own set, itself excluded; what lies strictly inside is near it.
 */
import { gantryError } from '../errors.ts';
import { eachTile, squaredNorms, tileSide } from './products.ts';

export interface ManifoldScores {
  /** Share of generated samples inside the ball of at least one real sample: is what is made plausible? 0 to 1 */
  readonly precision: number;
  /** Share of real samples inside the ball of at least one generated sample: is all of it made? 0 to 1 */
  readonly recall: number;
  /** Mean number of real balls that hold a generated sample, divided by k; outliers count little. 0 or more, near 1 at best */
  readonly density: number;
  /** Share of real balls that hold at least one generated sample. 0 to 1 */
  readonly coverage: number;
}

/**
 * @param real - float32 [n, length]
 * @param generated - float32 [m, length]
 * @param k - neighbours; below n and m
 * @throws INTERNAL for sets of k samples or fewer
 */
export function manifoldScores(
  real: Float32Array,
  generated: Float32Array,
  length: number,
  k: number,
): ManifoldScores {
  const [n, m] = [real.length / length, generated.length / length];
  if (n <= k || m <= k) {
    throw gantryError('INTERNAL', `${n} and ${m} samples have no ${k}-th neighbour each`);
  }
  const reachReal = squaredReaches(real, length, k);
  const reachGenerated = squaredReaches(generated, length, k);
  const [normsReal, normsGenerated] = [squaredNorms(real, length), squaredNorms(generated, length)];
  const isRecalled = new Uint8Array(n);
  const isCovered = new Uint8Array(n);
  /** By generated sample, the real balls that hold it. */
  const balls = new Uint32Array(m);
  eachTile(real, generated, length, ({ firstRow, rows, firstColumn, columns, products }) => {
    for (let i = 0; i < rows; i++) {
      const one = firstRow + i;
      for (let j = 0; j < columns; j++) {
        const other = firstColumn + j;
        const distance = normsReal[one] + normsGenerated[other] - 2 * products[i * tileSide + j];
        if (distance < reachReal[one]) {
          balls[other] += 1;
          isCovered[one] = 1;
        }
        if (distance < reachGenerated[other]) isRecalled[one] = 1;
      }
    }
  });
  return {
    precision: balls.reduce((sum, held) => sum + Number(held > 0), 0) / m,
    recall: share(isRecalled),
    density: balls.reduce((sum, held) => sum + held, 0) / (k * m),
    coverage: share(isCovered),
  };
}

const share = (flags: Uint8Array): number => flags.reduce((sum, flag) => sum + flag, 0) / flags.length;

/** Of each sample the squared distance to its k-th nearest neighbour, float64 [n]. */
function squaredReaches(samples: Float32Array, length: number, k: number): Float64Array {
  const n = samples.length / length;
  const norms = squaredNorms(samples, length);
  // By sample the k nearest so far, ascending.
  const nearest = new Float64Array(n * k).fill(Infinity);
  eachTile(samples, samples, length, ({ firstRow, rows, firstColumn, columns, products }) => {
    for (let i = 0; i < rows; i++) {
      const one = firstRow + i;
      for (let j = 0; j < columns; j++) {
        const other = firstColumn + j;
        if (other >= one) break;
        const distance = norms[one] + norms[other] - 2 * products[i * tileSide + j];
        insert(nearest, one * k, k, distance);
        insert(nearest, other * k, k, distance);
      }
    }
  });
  return Float64Array.from({ length: n }, (_, i) => nearest[(i + 1) * k - 1]);
}

function insert(nearest: Float64Array, first: number, k: number, distance: number): void {
  let at = first + k - 1;
  if (distance >= nearest[at]) return;
  for (; at > first && nearest[at - 1] > distance; at--) nearest[at] = nearest[at - 1];
  nearest[at] = distance;
}
