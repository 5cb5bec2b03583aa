/**
 * How far two sets of tensors are apart, tensor by tensor. One rule for the golden files, the known-answer test and
 * `gantry verify`, so that their tolerances mean the same.
 */

/** A share of the largest tensor's norm below which a tensor counts as noise of the others. */
const floorShare = 0.01;

export interface TensorPair {
  readonly name: string;
  /** What is judged. */
  readonly found: ArrayLike<number>;
  /** What it should be; as long. */
  readonly expected: ArrayLike<number>;
}

export interface TensorError {
  readonly name: string;
  /** Infinity where it is not a number, or the lengths differ. */
  readonly error: number;
}

/**
 * ‖a − b‖ / max(‖b‖, 0.01 × the largest ‖b‖ of the group) of each tensor: a tensor that is (almost) zero, as a
 * gradient may be, is measured by its group. Where all of the group is zero on both sides the error is 0.
 *
 * @param group - tensors of one kind: the gradients of one network, say
 */
export function relativeErrors(group: readonly TensorPair[]): TensorError[] {
  const floor = floorShare * Math.max(0, ...group.map(({ expected }) => norm(expected)));
  return group.map(({ name, found, expected }) => {
    if (found.length !== expected.length) return { name, error: Infinity };
    const difference = norm(Array.from(found, (value, i) => value - expected[i]));
    const error = difference === 0 ? 0 : difference / Math.max(norm(expected), floor);
    return { name, error: Number.isNaN(error) ? Infinity : error };
  });
}

/** The tensor with the largest error; null for an empty group. */
export function worstError(errors: readonly TensorError[]): TensorError | null {
  return errors.reduce<TensorError | null>(
    (worst, next) => (worst === null || next.error > worst.error ? next : worst),
    null,
  );
}

/** The largest error of a group; 0 for an empty one. */
export const largestError = (group: readonly TensorPair[]): number =>
  worstError(relativeErrors(group))?.error ?? 0;

function norm(values: ArrayLike<number>): number {
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += values[i] * values[i];
  return Math.sqrt(squares);
}
