/** Runs of blocks that are nodes of the binary tree in which gradients are summed. */

/**
 * Cuts blocks into the fewest such runs: each as many consecutive blocks as a power of two, its first a multiple of that.
 *
 * @param blocks - ascending
 */
export function alignedRuns(blocks: readonly number[]): readonly (readonly number[])[] {
  const runs: (readonly number[])[] = [];
  for (let at = 0; at < blocks.length;) {
    const first = blocks[at];
    let length = 1;
    while (
      first % (2 * length) === 0 &&
      at + 2 * length <= blocks.length &&
      blocks[at + 2 * length - 1] === first + 2 * length - 1
    ) {
      length *= 2;
    }
    runs.push(blocks.slice(at, at + length));
    at += length;
  }
  return runs;
}

/** Whether a record may claim these blocks. */
export const isAlignedRun = (firstBlock: number, blocks: number): boolean =>
  Number.isInteger(Math.log2(blocks)) && firstBlock % blocks === 0;
