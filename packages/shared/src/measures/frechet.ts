/**
 * The Fréchet distance between two sets of feature vectors, each taken for a normal distribution: ‖Δμ‖² +
 * Tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½) (D. C. Dowson, B. V. Landau, 1982), as M. Heusel et al. use it, "GANs trained by a two
 * time-scale update rule converge to a local Nash equilibrium", NeurIPS 2017.
 */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { gantryError } from '../errors.ts';
import { covarianceOf, type FeatureMoments } from './feature-moments.ts';

/**
 * @returns 0 or more; 0 for sets of equal mean and covariance
 * @throws INTERNAL for features of different sizes, or fewer than two vectors
 */
export function frechetDistance(a: FeatureMoments, b: FeatureMoments): number {
  const size = a.mean.length;
  if (size !== b.mean.length || a.n < 2 || b.n < 2) {
    throw gantryError(
      'INTERNAL',
      `${a.n} vectors of ${size} and ${b.n} of ${b.mean.length} have no Fréchet distance`,
    );
  }
  const [first, second] = [a, b].map((moments) => Matrix.from1DArray(size, size, [...covarianceOf(moments)]));
  const shift = a.mean.reduce((sum, mean, i) => sum + (mean - b.mean[i]) ** 2, 0);
  const distance = shift + first.trace() + second.trace() - 2 * traceOfRoot(first, second);
  // What rounding leaves of 0 may be below it.
  return Math.max(0, distance);
}

/**
 * Tr((AB)^½) of two covariances. AB is not symmetric, but has the eigenvalues of A^½BA^½, which is, and whose
 * eigenvalues are real and not negative, also where a covariance is singular: few samples, or features that never fire.
 */
function traceOfRoot(a: Matrix, b: Matrix): number {
  const root = rootOf(a);
  const product = root.mmul(b).mmul(root);
  return eigen(product).realEigenvalues.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
}

/** The symmetric root of a symmetric matrix without negative eigenvalues. */
function rootOf(matrix: Matrix): Matrix {
  const { eigenvectorMatrix: vectors, realEigenvalues } = eigen(matrix);
  const scaled = vectors.clone();
  realEigenvalues.forEach((value, column) => scaled.mulColumn(column, Math.sqrt(Math.max(0, value))));
  return scaled.mmul(vectors.transpose());
}

const eigen = (matrix: Matrix): EigenvalueDecomposition =>
  new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
