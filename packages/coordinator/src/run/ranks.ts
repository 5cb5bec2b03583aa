/** Who contributed most. */
import type { WorkerState } from '../core/types.ts';

/** @returns by worker, its place from 1; those with as many microbatches share one, and the next place is left out */
export function ranksOf(
  workers: Iterable<Pick<WorkerState, 'id' | 'microbatches'>>,
): ReadonlyMap<number, number> {
  const sorted = [...workers].sort((a, b) => b.microbatches - a.microbatches);
  const ranks = new Map<number, number>();
  let rank = 1;
  sorted.forEach(({ id, microbatches }, place) => {
    if (place > 0 && microbatches < sorted[place - 1].microbatches) rank = place + 1;
    ranks.set(id, rank);
  });
  return ranks;
}
