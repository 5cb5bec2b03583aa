/**
 * Rounds of slots that train both networks by themselves for some iterations, and are averaged: federated averaging
 * (B. McMahan et al., "Communication-efficient learning of deep networks from decentralized data", AISTATS 2017), with an
 * outer step on the average (A. Douillard et al., "DiLoCo", 2023); with a split of the data, FedGAN (M. Rasouli, T. Sun,
 * R. Rajagopal, 2020). To the core a slot is what a block is to a step.
 *
 * Exact: a slot is a function of the version and its number, so K workers compute what one does. Not as in those papers:
 * a slot's optimizer begins afresh each round.
 */
import { afterRound, roundAt, type RunConfig } from '@gantry/shared';
import type { Draft } from '../draft.ts';
import { leaseBlocks } from '../lease-blocks.ts';
import { completeVersion, take } from './barrier.ts';
import type { Strategy } from './strategy.ts';

type Local = Extract<RunConfig['strategy'], { kind: 'local' }>;

export function local({ iterations: most }: Local): Strategy {
  const round = ({ settings, position }: Pick<Draft, 'settings' | 'position'>) =>
    roundAt(position.iteration, most, settings.lengths, settings.iterations);
  return {
    units: ['round'],
    fixed: `with the strategy local, rounds of ${most} iterations are computed on workers as the configuration says`,
    round,
    assign: leaseBlocks,
    answered: take,
    advance: (draft, at) => completeVersion(draft, () => afterRound(round(draft)), at),
  };
}
