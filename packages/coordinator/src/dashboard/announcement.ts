/** What a screen reader tells of the run: who came and went, and which network trains, where that can be followed. */
import { formatCount, type PresenterProgress, type WorkerView } from '@gantry/shared';
import { t } from './text.ts';

/** Steps a second beyond which phases change faster than they can be told. */
const tooFastToTell = 1;

const here = (progress: PresenterProgress): ReadonlyMap<number, string> =>
  new Map(progress.workers.filter(isHere).map(({ id, name }) => [id, name]));
const isHere = ({ state }: WorkerView): boolean => state !== 'lost' && state !== 'left';

/**
 * @param stepsPerSecond - null while unknown
 * @returns '' where nothing is worth telling
 */
export function announcement(
  before: PresenterProgress,
  after: PresenterProgress,
  stepsPerSecond: number | null,
): string {
  const [were, are] = [here(before), here(after)];
  const only = (some: ReadonlyMap<number, string>, others: ReadonlyMap<number, string>): string =>
    [...some].flatMap(([id, name]) => (others.has(id) ? [] : [name])).join(t('common:workers.between'));
  const joined = only(are, were);
  const gone = only(were, are);
  const stepped = after.version !== before.version && (stepsPerSecond ?? Infinity) <= tooFastToTell;
  return [
    joined === '' ? '' : t('common:announce.joined', { names: joined }),
    gone === '' ? '' : t('common:announce.gone', { names: gone }),
    stepped
      ? t('common:announce.trains', {
          network: t(`common:phase.${after.phase}`),
          iteration: formatCount(after.iteration),
        })
      : '',
  ]
    .filter((text) => text !== '')
    .join(' ');
}
