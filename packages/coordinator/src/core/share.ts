/** How the blocks of a step are shared out, so that a tablet and a gaming laptop finish together. */

export interface Candidate {
  readonly id: number;
  /** Milliseconds that a lease costs whatever is in it, such as bringing the replica up to date. */
  readonly fixed: number;
  /** Milliseconds a block, above 0. */
  readonly each: number;
}

export interface Shares {
  /** Of each candidate that has a part, a run of consecutive entries of `blocks`. */
  readonly parts: ReadonlyMap<number, readonly number[]>;
  /** Milliseconds after which the last of them is done. */
  readonly finish: number;
}

/**
 * Shares `blocks` out among `candidates`: each block goes to whoever would finish it first. For equal tasks on
 * machines of different speed this greedy rule minimises the time of the last. Nobody gets more than `most`.
 */
export function shareBlocks(
  blocks: readonly number[],
  candidates: readonly Candidate[],
  most: number,
): Shares {
  const counts = candidates.map(() => 0);
  let shared = 0;
  let finish = 0;
  while (shared < blocks.length) {
    let best = -1;
    let soonest = Infinity;
    candidates.forEach(({ fixed, each }, i) => {
      const then = fixed + (counts[i] + 1) * each;
      if (counts[i] < most && then < soonest) {
        soonest = then;
        best = i;
      }
    });
    if (best < 0) break;
    counts[best] += 1;
    shared += 1;
    finish = Math.max(finish, soonest);
  }
  const parts = new Map<number, readonly number[]>();
  let next = 0;
  candidates.forEach((candidate, i) => {
    if (counts[i] > 0) parts.set(candidate.id, blocks.slice(next, next + counts[i]));
    next += counts[i];
  });
  return { parts, finish };
}
