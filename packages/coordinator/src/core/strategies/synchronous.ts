/**
 * Synchronous training: the blocks of one step are shared out, their sums added up, and the optimizer makes one step of the
 * whole global batch (J. Chen et al., "Revisiting distributed synchronous SGD", 2016, without its backup workers: late
 * blocks are raced instead, and none is left out).
 *
 * Exact: K workers compute what one does.
 */
import { nextPosition } from '@gantry/shared';
import { lengthsNow } from '../controls.ts';
import { leaseBlocks } from '../lease-blocks.ts';
import { completeVersion, take } from './barrier.ts';
import type { Strategy } from './strategy.ts';

export const synchronous: Strategy = {
  units: ['step', 'phase', 'iteration'],
  fixed: null,
  round: () => null,
  assign: leaseBlocks,
  answered: take,
  advance: (draft, at) =>
    completeVersion(draft, ({ position }) => nextPosition(position, lengthsNow(draft)), at),
};
