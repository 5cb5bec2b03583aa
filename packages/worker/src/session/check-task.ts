/**
 * Whether what a coordinator asks of a worker can be of its own run. Else a broken one could have it compute, or allocate,
 * without end.
 */
import {
  checkPicture,
  gantryError,
  phaseLengths,
  phaseNames,
  unitsPerVersion,
  type EvaluateMessage,
  type LeaseMessage,
  type WelcomeMessage,
} from '@gantry/shared';

type Run = Pick<WelcomeMessage, 'config' | 'data'>;

/** @throws MESSAGE_INVALID */
export function checkLease({ blocks, round }: Pick<LeaseMessage, 'blocks' | 'round'>, run: Run): void {
  const units = unitsPerVersion(run.config);
  const right = blocks.every((block, i) => block < units && (i === 0 || block > blocks[i - 1]));
  if (!right) throw gantryError('MESSAGE_INVALID', `its blocks are not some of ${units}, ascending`);
  checkRound(round, run);
}

function checkRound(round: LeaseMessage['round'], { config, data }: Run): void {
  const { strategy, schedule } = config;
  if ((round !== undefined) !== (strategy.kind === 'local')) {
    throw gantryError('MESSAGE_INVALID', `with the strategy ${strategy.kind} its round is wrong`);
  }
  if (round === undefined || strategy.kind !== 'local') return;
  const lengths = phaseLengths(config, data?.size ?? schedule.epochSize);
  if (
    round.iterations > strategy.iterations ||
    phaseNames.some((name) => round.lengths[name] !== lengths[name])
  ) {
    throw gantryError('MESSAGE_INVALID', 'its round is longer than those of this run');
  }
}

/** @throws MESSAGE_INVALID */
export function checkEvaluate(
  { samples, picture }: Pick<EvaluateMessage, 'samples' | 'picture'>,
  { config }: Run,
): void {
  if (picture !== undefined) checkPicture(picture, config);
  const wanted = picture?.samples.length ?? config.evaluation.samples;
  if (samples !== wanted) {
    const what = picture === undefined ? 'a sheet' : 'the picture';
    throw gantryError('MESSAGE_INVALID', `${what} has ${wanted} samples, not ${samples}`);
  }
}
