import { describe, expect, test } from 'vitest';
import type { SessionState, SessionStatus } from '../src/session/status.ts';
import { readJoinLink, withoutCode } from '../src/tab/join-link.ts';
import { reach } from '../src/tab/points.ts';
import { guardedMemory } from '@gantry/shared/page';
import { shownState, stateWords, workingFor, type ShownState } from '../src/tab/words.ts';

const status: SessionStatus = {
  state: 'waiting',
  detail: null,
  name: 'Ada',
  worker: 3,
  preset: 'ring',
  backend: 'wasm',
  threads: 1,
  tests: [],
  millisecondsPerMicrobatch: 2,
  sheetsOnly: false,
  task: { phase: 'generator', step: 0, blocks: 1 },
  load: 1,
  slept: null,
  runStatus: 'running',
  waiting: null,
  iteration: 1,
  iterations: 10,
  workers: 2,
  rank: 1,
  share: 0.5,
  microbatches: 4,
  version: 2,
  replicaChecksum: 1,
  tensors: 12,
  bytes: { up: 1, down: 1 },
};

describe('the state that the tab shows', () => {
  test('work between two leases is one state, and waiting shows only after a while', () => {
    expect(shownState('computing', 0)).toBe('working');
    expect(shownState('sampling', 0)).toBe('working');
    expect(shownState('waiting', workingFor - 1)).toBe('working');
    expect(shownState('waiting', workingFor)).toBe('waiting');
  });

  test('whatever is not work shows at once', () => {
    const others: readonly SessionState[] = ['connecting', 'testing', 'paused', 'hidden', 'refused', 'left'];
    for (const state of others) expect(shownState(state, 0)).toBe(state);
  });

  test('every state has a title of its own', () => {
    const states: readonly ShownState[] = [
      'connecting',
      'testing',
      'working',
      'waiting',
      'paused',
      'hidden',
      'refused',
      'unable',
      'left',
      'finished',
    ];
    expect(new Set(states.map((state) => stateWords(state, status).title)).size).toBe(states.length);
  });

  test('a worker that was admitted before lost its connection; one that was not is joining', () => {
    expect(stateWords('connecting', status).title).toBe('Connection lost');
    expect(stateWords('connecting', { ...status, worker: null }).title).toBe('Joining');
  });

  test('waiting says whom it waits for', () => {
    const text = (runStatus: SessionStatus['runStatus']): string =>
      stateWords('waiting', { ...status, runStatus }).text;
    expect(new Set([text('running'), text('waiting')]).size).toBe(2);
  });

  test('the reason of the session stands in place of the general sentence', () => {
    expect(
      stateWords('refused', { ...status, detail: { code: 'WORKERS_FULL', message: 'This run is full.' } })
        .text,
    ).toBe('This run is full.');
  });
});

describe('a join address', () => {
  const nothing = { code: undefined, name: undefined };
  test.each([
    ['http://a:7070/', nothing],
    ['http://a:7070/?code=K7QF', { ...nothing, code: 'K7QF' }],
    ['http://a:7070/#code=K7QF&name=Ada', { code: 'K7QF', name: 'Ada' }],
    ['http://a:7070/#K7QF', { ...nothing, code: 'K7QF' }],
    ['http://a:7070/?code=%20K7QF%20&name=', { ...nothing, code: 'K7QF' }],
    ['http://a:7070/?name=Ada%20L#K7QF', { code: 'K7QF', name: 'Ada L' }],
    ['http://a:7070/#%', { ...nothing, code: '%' }],
  ])('%s is read', (address, link) => {
    expect(readJoinLink(address)).toEqual(link);
  });

  test.each([
    ['http://a:7070/?code=K7QF', 'http://a:7070/'],
    ['http://a:7070/#K7QF', 'http://a:7070/'],
    ['http://a:7070/#code=K7QF&name=Ben', 'http://a:7070/#name=Ben'],
    ['http://a:7070/?code=K7QF&name=Ada&backend=wasm#K7QF', 'http://a:7070/?name=Ada&backend=wasm'],
    ['http://a:7070/?name=Ada', 'http://a:7070/?name=Ada'],
  ])('%s shows no code as %s', (address, shown) => {
    expect(withoutCode(address)).toBe(shown);
    expect(readJoinLink(shown)).toEqual({ ...readJoinLink(address), code: undefined });
  });
});

test('where storage is forbidden nothing is remembered, and nothing fails', () => {
  const memory = guardedMemory(() => {
    throw new Error('SecurityError');
  });
  memory.write('key', 'value');
  memory.forget('key');
  expect(memory.read('key')).toBeNull();
});

test('the picture keeps its scale while the points move, where the centres are known', () => {
  const centres = [
    [4, 0],
    [0, -4],
  ] as const;
  expect(reach([[100, 100]], centres)).toBeCloseTo(5.2);
  expect(reach([[-2, 1]], [])).toBeCloseTo(2.6);
  expect(reach([], [])).toBe(1);
});
