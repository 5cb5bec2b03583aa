/** Which records of a step can be computed again by another worker, and what nobody can foresee of that. */
import { alignedRuns, philox } from '@gantry/shared';
import { exchangesAhead } from './lock-step.ts';
import type { BlockRun, CoreSettings, CoreState } from './types.ts';

/**
 * Not records of a whole lease, which depend on what their worker sent before; nor those of steps in lock step, whose
 * workers depend on each other's statistics.
 */
export const canAudit = (state: Pick<CoreState, 'settings' | 'position'>): boolean =>
  !state.settings.wholeLeases && exchangesAhead(state) === 0;

/** The records in which a worker is to answer these blocks. */
export function recordsOf(
  { wholeLeases, joins }: Pick<CoreSettings, 'wholeLeases' | 'joins'>,
  blocks: readonly number[],
): readonly (readonly number[])[] {
  if (wholeLeases) return [blocks];
  return joins ? alignedRuns(blocks) : blocks.map((block) => [block]);
}

export const blocksOf = ({ firstBlock, blocks }: BlockRun): readonly number[] =>
  Array.from({ length: blocks }, (_, i) => firstBlock + i);

export const keyOf = ({ firstBlock, blocks }: BlockRun): string => `${firstBlock}+${blocks}`;

/** What a random number is for. */
export const draw = { chosen: 0, auditor: 1, trial: 2, judge: 3 } as const;

/** Drawn into for every record: nothing is allocated. */
const words = new Uint32Array(4);

/** In [0, 1). Workers do not know the secret; whoever does can repeat the run. */
export function unforeseen(
  { settings, version, nextLease }: Pick<CoreState, 'settings' | 'version' | 'nextLease'>,
  firstBlock: number,
  what: number,
): number {
  const { secret } = settings.audit;
  philox(version, firstBlock, what, nextLease, secret[0], secret[1], words);
  return words[0] / 2 ** 32;
}
