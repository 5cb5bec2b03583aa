import type { ComponentChildren, FunctionComponent, VNode } from 'preact';
import { describe, expect, test } from 'vitest';
import type { PresenterMessage, PresenterProgress, WorkerView } from '@gantry/shared';
import { announcement } from '../src/dashboard/announcement.ts';
import { backoff, refusalFor, type Refusal } from '../src/dashboard/connection.ts';
import { RunProgress } from '../src/dashboard/views/now/run-progress.tsx';
import { emptyView, hear } from '../src/dashboard/run-view.ts';
import { Schedule } from '../src/dashboard/views/now/schedule.tsx';
import { headline, presentWorkers, silentAfter, workerCounts } from '../src/dashboard/words.ts';

const worker = (state: WorkerView['state']): WorkerView => ({
  id: 1,
  name: 'Ada',
  kind: 'tab',
  state,
  quarantined: null,
  fault: null,
  backend: 'wasm',
  millisecondsPerMicrobatch: 2,
  microbatches: 1,
  share: 1,
});
const progress: PresenterProgress = {
  type: 'progress',
  status: 'running',
  outcome: null,
  iteration: 5,
  phase: 'generator',
  stepInPhase: 0,
  phaseLengths: { discriminator: 1, generator: 1 },
  version: 10,
  examplesPerSecond: 100,
  speedUp: null,
  secondsElapsed: 10,
  secondsLeft: null,
  bytes: { up: 0, down: 0 },
  workers: [worker('working'), worker('lost'), worker('working')],
};
const hello: PresenterMessage = {
  type: 'hello',
  preset: 'ring',
  seed: 1,
  run: 'runs/ring',
  iterations: 100,
  exampleShape: [2],
  samples: 2500,
  classes: [],
  loss: 'non-saturating',
  strategy: 'synchronous',
  usefulWorkers: 2,
  joinUrls: [],
  joinCode: null,
  joinQr: [],
};
describe('what the page was told', () => {
  test('steps a second are measured over more than a moment', () => {
    const later = { ...progress, secondsElapsed: 10.5, version: 20 };
    const muchLater = { ...progress, secondsElapsed: 12, version: 110 };
    const soon = [progress, later].reduce(hear, emptyView);
    expect(soon.stepsPerSecond).toBeNull();
    expect(hear(soon, muchLater).stepsPerSecond).toBe(50);
  });

  test('a version that goes back, as after a resumed run, is no negative speed', () => {
    const view = [progress, { ...progress, version: 2, secondsElapsed: 20 }].reduce(hear, emptyView);
    expect(view.stepsPerSecond).toBeNull();
  });
});

describe('rounds', () => {
  /** The text of what a component drew, in order. */
  const text = (node: ComponentChildren): string => {
    if (Array.isArray(node)) return node.map(text).join(' ');
    if (node !== null && typeof node === 'object') {
      const { type, props } = node as VNode;
      return text(typeof type === 'function' ? (type as FunctionComponent)(props) : props.children);
    }
    return typeof node === 'boolean' ? '' : String(node ?? '');
  };
  const view = (strategy: 'local' | 'synchronous') =>
    [{ ...hello, strategy }, progress, { ...progress, secondsElapsed: 12, version: 12 }].reduce(
      hear,
      emptyView,
    );

  test('are counted as rounds, and steps as steps', () => {
    expect(text(RunProgress({ view: view('local') }))).toMatch(/Rounds\/s +1\b/);
    expect(text(RunProgress({ view: view('synchronous') }))).toMatch(/Steps\/s +1\b/);
  });

  test('train both networks, and a step one of them', () => {
    expect(text(Schedule({ view: view('local') })).match(/trains in turn/g)).toHaveLength(2);
    expect(text(Schedule({ view: view('synchronous') }))).toMatch(/1 step a turn .*trains: step 1 of 1/);
  });
});

describe('what is read out', () => {
  const named = (id: number, name: string, state: WorkerView['state']): WorkerView => ({
    ...worker(state),
    id,
    name,
  });
  const alone = { ...progress, workers: [named(1, 'Ada', 'working')] };
  const both = { ...progress, version: 11, workers: [named(1, 'Ada', 'lost'), named(2, 'Bo', 'testing')] };

  test('is who came and who went', () => {
    expect(announcement(alone, both, 100)).toBe('Bo joined. Ada gone.');
    expect(announcement(alone, alone, 0)).toBe('');
  });

  test('is the phase where steps can be followed, as one by one', () => {
    expect(announcement(alone, { ...alone, version: 11 }, 0)).toBe('Generator trains, iteration 5.');
    expect(announcement(alone, { ...alone, version: 11 }, 100)).toBe('');
  });
});

describe('the headline', () => {
  const open = { state: 'open' } as const;
  const lost = { state: 'lost', retryAt: 0 } as const;

  test('counts workers by state, and lost ones are not present', () => {
    expect(headline(open, progress, 0, 0)).toMatchObject({ title: 'Training', text: '2 working, 1 lost' });
    expect(workerCounts([])).toBe('');
    expect(presentWorkers(progress.workers)).toBe(2);
  });

  test('tells a lost connection from a silent one, and both from a run that waits', () => {
    expect(headline(lost, progress, 0, 3)).toMatchObject({ title: 'Connection lost', tone: 'bad' });
    expect(headline(lost, progress, 0, 3).text).toContain('3 s');
    expect(headline(open, progress, silentAfter, 0).title).toBe('No news');
    expect(headline(open, { ...progress, status: 'waiting', workers: [] }, 0, 0).title).toBe(
      'Waiting for workers',
    );
    expect(headline(open, { ...progress, status: 'waiting' }, 0, 0).title).toBe('Waiting');
  });

  test('a run that was stopped, or diverged, is not called done', () => {
    const ended = (outcome: 'complete' | 'stopped' | 'diverged') =>
      headline(open, { ...progress, status: 'finished', outcome }, 0, 0);
    expect(ended('complete')).toMatchObject({ title: 'Finished', tone: 'good' });
    expect(ended('stopped')).toMatchObject({ title: 'Stopped', tone: 'stopped' });
    expect(ended('diverged')).toMatchObject({ title: 'Diverged', tone: 'bad' });
  });

  test('a finished run stays finished when its coordinator goes', () => {
    expect(headline(lost, { ...progress, status: 'finished' }, 99, 3).title).toBe('Finished');
  });
});

describe('the connection', () => {
  test('waits longer after each failure, but not for ever', () => {
    const waits = [1, 2, 3, 4, 5, 6, 60].map(backoff);
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 8000, 8000]);
  });

  test('does not try again where that cannot help, and says what can', () => {
    expect([4403, 4431, 4400].map(refusalFor)).toEqual(['token', 'tries', 4400]);
    const words = (reason: Refusal) => headline({ state: 'refused', reason }, null, 0, 0).text;
    expect(words('token')).toContain('after #');
    expect(words('tries')).toContain('Too many');
    expect(words(4400)).toMatch(/4400.*Reload/);
    expect([1000, 1006, 4200, 4408, 4429, 4503].map(refusalFor)).toEqual(Array(6).fill(null));
  });
});
