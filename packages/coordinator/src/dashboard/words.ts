/** What states are called on the presenter's page. */
import type { PresenterProgress, WorkerView } from '@gantry/shared';
import type { Link } from './connection.ts';

export type Tone = 'good' | 'calm' | 'stopped' | 'bad';

interface WorkerWords {
  /** As in "lost", and "3 lost". */
  readonly text: string;
  readonly explanation: string;
  readonly tone: Tone;
}

/** In the order in which they are counted. */
export const workerWords: Record<WorkerView['state'], WorkerWords> = {
  working: { text: 'working', explanation: 'Computes its part of a step', tone: 'good' },
  waiting: { text: 'waiting', explanation: 'Ready; others have the parts of this step', tone: 'calm' },
  testing: { text: 'testing', explanation: 'Finds out how it computes right and fastest', tone: 'calm' },
  late: {
    text: 'late',
    explanation: 'Beyond its deadline: slow, or asleep; others take its part',
    tone: 'stopped',
  },
  hidden: { text: 'hidden', explanation: 'Its tab is in the background', tone: 'stopped' },
  paused: { text: 'paused', explanation: 'Paused by its user', tone: 'stopped' },
  unable: { text: 'unable', explanation: 'Cannot compute; its tab says why', tone: 'bad' },
  quarantined: {
    text: 'quarantined',
    explanation: 'What it sent was wrong; it gets no work until you pardon it',
    tone: 'bad',
  },
  lost: { text: 'lost', explanation: 'Its connection is gone; it may come back', tone: 'bad' },
  left: { text: 'left', explanation: 'Said goodbye', tone: 'calm' },
};

/** "5 working, 1 waiting": each state that some worker is in. */
export function workerCounts(workers: readonly WorkerView[]): string {
  return Object.entries(workerWords)
    .map(([state, { text }]) => ({ text, count: workers.filter((worker) => worker.state === state).length }))
    .filter(({ count }) => count > 0)
    .map(({ text, count }) => `${count} ${text}`)
    .join(', ');
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
  if (link.state === 'refused') return { title: 'No access', text: link.reason, tone: 'bad' };
  if (progress?.status === 'finished') {
    return { title: 'Finished', text: 'All iterations are done.', tone: 'good' };
  }
  if (link.state === 'lost') {
    const when = retryIn > 0 ? `Trying again in ${retryIn} s.` : 'Trying again.';
    return {
      title: 'Connection lost',
      text: `What you see is the last that was heard. ${when}`,
      tone: 'bad',
    };
  }
  if (link.state === 'connecting') {
    return { title: 'Connecting', text: 'Reaching the coordinator.', tone: 'calm' };
  }
  if (progress === null) return { title: 'Connected', text: 'Waiting for news of the run.', tone: 'calm' };
  if (silence >= silentAfter) {
    return {
      title: 'No news',
      text: `Connected, but nothing was heard for ${Math.round(silence)} s.`,
      tone: 'stopped',
    };
  }
  return runWords(progress);
}

function runWords(progress: PresenterProgress): Headline {
  switch (progress.status) {
    case 'running':
      return { title: 'Training', text: workerCounts(progress.workers), tone: 'good' };
    case 'waiting':
      return presentWorkers(progress.workers) === 0
        ? { title: 'Waiting for workers', text: 'Training starts when the first one joins.', tone: 'calm' }
        : { title: 'Waiting', text: workerCounts(progress.workers), tone: 'calm' };
    case 'finished':
      return { title: 'Finished', text: 'All iterations are done.', tone: 'good' };
  }
}
