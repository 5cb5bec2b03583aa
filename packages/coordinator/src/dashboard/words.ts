/** What states are called on the presenter's page. */
import type { PresenterProgress, WorkerView } from '@gantry/shared';
import type { Link } from './connection.ts';
import { t } from './text.ts';

export type Tone = 'good' | 'calm' | 'stopped' | 'bad';

/** In the order in which they are counted. */
export const workerTone: Readonly<Record<WorkerView['state'], Tone>> = {
  working: 'good',
  waiting: 'calm',
  draws: 'calm',
  testing: 'calm',
  late: 'stopped',
  hidden: 'stopped',
  paused: 'stopped',
  unable: 'bad',
  quarantined: 'bad',
  lost: 'bad',
  left: 'calm',
};
const workerStates = Object.keys(workerTone) as WorkerView['state'][];

/** "5 working, 1 waiting": each state that some worker is in. */
export function workerCounts(workers: readonly WorkerView[]): string {
  return workerStates
    .map((state) => ({ state, count: workers.filter((worker) => worker.state === state).length }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) =>
      t('common:workers.count', { count, state: t(`common:workerState.${state}.text`) }),
    )
    .join(t('common:workers.between'));
}

/** Workers that are there, and able. */
export const presentWorkers = (workers: readonly WorkerView[]): number =>
  workers.filter(({ state }) => !['lost', 'left', 'unable', 'quarantined'].includes(state)).length;

export interface Headline {
  readonly title: string;
  readonly text: string;
  readonly tone: Tone;
}

/** Seconds without a word from a running coordinator after which the page says so. */
export const silentAfter = 6;

/**
 * @param silence - seconds since the last message
 * @param retryIn - seconds until the next attempt, where the connection is lost
 */
export function headline(
  link: Link,
  progress: PresenterProgress | null,
  silence: number,
  retryIn: number,
): Headline {
  if (link.state === 'refused') {
    const { reason } = link;
    return {
      title: t('common:headline.refused.title'),
      text:
        typeof reason === 'number'
          ? t('common:refusal.other', { code: reason })
          : t(`common:refusal.${reason}`),
      tone: 'bad',
    };
  }
  if (progress?.status === 'finished') return runWords(progress);
  if (link.state === 'lost') {
    return {
      title: t('common:headline.lost.title'),
      text:
        retryIn > 0 ? t('common:headline.lost.textIn', { seconds: retryIn }) : t('common:headline.lost.text'),
      tone: 'bad',
    };
  }
  if (link.state === 'connecting') return plain('connecting');
  if (progress === null) return plain('connected');
  if (silence >= silentAfter) {
    return {
      title: t('common:headline.silent.title'),
      text: t('common:headline.silent.text', { seconds: Math.round(silence) }),
      tone: 'stopped',
    };
  }
  return runWords(progress);
}

function plain(what: 'connecting' | 'connected' | 'lobby' | 'nobody' | 'paused'): Headline {
  return { title: t(`common:headline.${what}.title`), text: t(`common:headline.${what}.text`), tone: 'calm' };
}

const endTone = { finished: 'good', stopped: 'stopped', diverged: 'bad' } as const;

function runWords({ status, outcome, workers }: PresenterProgress): Headline {
  switch (status) {
    case 'running':
      return { title: t('common:headline.running.title'), text: workerCounts(workers), tone: 'good' };
    case 'lobby':
      return {
        ...plain('lobby'),
        text: workers.length === 0 ? t('common:headline.lobby.text') : workerCounts(workers),
      };
    case 'paused':
      return { ...plain('paused'), tone: 'stopped' };
    case 'waiting':
      if (presentWorkers(workers) === 0) return plain('nobody');
      return { title: t('common:headline.waiting.title'), text: workerCounts(workers), tone: 'calm' };
    case 'finished': {
      const how = outcome === null || outcome === 'complete' ? 'finished' : outcome;
      return {
        title: t(`common:headline.${how}.title`),
        text: t(`common:headline.${how}.text`),
        tone: endTone[how],
      };
    }
  }
}
