/** How the blocks of a step are shared out, so that a tablet and a gaming laptop finish together. */

export interface Candidate {
  readonly id: number;
  /** Milliseconds a microbatch, above 0. */
  readonly pace: number;
}

/**
 * Shares `blocks` out among `candidates`: each block goes to whoever would finish it first. For equal tasks on
 * machines of different speed this greedy rule minimises the time of the last. Each part is a run of
 * consecutive entries of `blocks`; nobody gets more than `most`.
 */
export function shareBlocks(
  blocks: readonly number[],
  candidates: readonly Candidate[],
  most: number,
): ReadonlyMap<number, readonly number[]> {
  const counts = candidates.map(() => 0);
  let shared = 0;
  while (shared < blocks.length) {
    let best = -1;
    let soonest = Infinity;
    candidates.forEach((candidate, i) => {
      const finish = (counts[i] + 1) * candidate.pace;
      if (counts[i] < most && finish < soonest) {
        soonest = finish;
        best = i;
      }
    });
    if (best < 0) break;
    counts[best] += 1;
    shared += 1;
  }
  const parts = new Map<number, readonly number[]>();
  let next = 0;
  candidates.forEach((candidate, i) => {
    if (counts[i] > 0) parts.set(candidate.id, blocks.slice(next, next + counts[i]));
    next += counts[i];
  });
  return parts;
}
