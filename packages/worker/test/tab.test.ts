import { describe, expect, test } from 'vitest';
import { errorRegistry, type ErrorCode, type Waiting } from '@gantry/shared';
import { guardedMemory, identityOf, language } from '@gantry/shared/page';
import { catalogueKeys } from '../../shared/test/support/catalogue-keys.ts';
import type { SessionState, SessionStatus } from '../src/session/status.ts';
import { readJoinLink, withoutCode } from '../src/tab/join-link.ts';
import { reach } from '../src/tab/points.ts';
import { missingHere } from '../src/tab/machine.ts';
import { catalogues, t } from '../src/tab/text.ts';
import { shownState, stateWords, workingFor, type ShownState, type StateWords } from '../src/tab/words.ts';

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
  quarantined: null,
  fault: null,
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
      'quarantined',
      'refused',
      'unable',
      'left',
      'staying',
      'finished',
    ];
    expect(new Set(states.map((state) => stateWords(state, status).title)).size).toBe(states.length);
  });

  test('a worker that was admitted before lost its connection; one that was not is joining', () => {
    expect(stateWords('connecting', status).title).toBe('state:lost.title');
    expect(stateWords('connecting', { ...status, worker: null }).title).toBe('state:connecting.title');
    const detail = { code: 'PUT_ASIDE', message: '' } as const;
    expect(stateWords('connecting', { ...status, detail }).title).toBe('state:back.title');
  });
});

describe('what a worker waits for', () => {
  const waits = (what: Waiting['for'], count = 0, change: Partial<SessionStatus> = {}): StateWords =>
    stateWords('waiting', { ...status, waiting: { for: what, count }, ...change });
  const title = (words: StateWords): string => t(words.title, words.values);

  test('has a title of its own each, with the number', () => {
    const all = ['presenter', 'workers', 'others', 'blocks', 'turn', 'network', 'sheet'] as const;
    expect(new Set(all.map((what) => title(waits(what, 3)))).size).toBe(all.length);
    expect(title(waits('others', 3))).toBe('Waiting for 3 slower machines');
    expect(title(waits('others', 1))).toBe('Waiting for 1 slower machine');
    expect(title(waits('workers', 2))).toBe('Waiting for 2 more machines');
    expect(t(waits('blocks', 4).text, { count: 4 })).toContain('4');
  });

  test('is the next step, where nobody is at this one any more', () => {
    expect(waits('others', 0).title).toBe('state:waitingFor.next.title');
  });

  test('of one that only draws is the next sheet, and why it does nothing else', () => {
    const words = waits('sheet', 0, { sheetsOnly: true });
    expect(t(words.text)).toContain('16 bits');
    expect(waits('sheet').title).not.toBe(words.title);
  });

  test('is not read out where it ends with the step', () => {
    expect(waits('others', 3).passing).toBe(true);
    expect(waits('network').passing).toBe(true);
    expect(waits('presenter').passing).toBe(false);
    expect(stateWords('working', status).passing).toBe(false);
  });

  test('is told in the language that is chosen', () => {
    language.value = 'zh';
    expect(title(waits('others', 3))).toBe('等待 3 台较慢的电脑');
    language.value = 'en';
  });
});

describe('the reason of a state', () => {
  const because = (state: ShownState, code: ErrorCode): StateWords =>
    stateWords(state, { ...status, detail: { code, message: 'As the registry says.' } });

  test('has a text in the catalogues, by its code', () => {
    expect(because('refused', 'WORKERS_FULL')).toMatchObject({ text: 'errors:WORKERS_FULL', said: null });
  });

  test("is the registry's sentence where they have none", () => {
    expect(because('refused', 'INTERNAL').said).toEqual({ sentence: 'As the registry says.', instead: true });
  });

  test('of a quarantine is told below what to do about it', () => {
    const quarantined = 'its gradient differs';
    const { text, said } = stateWords('quarantined', { ...status, quarantined });
    expect(text).toBe('state:quarantined.text');
    expect(said).toEqual({ sentence: quarantined, instead: false });
  });

  test('of a door that stays shut is told as that, with the sentence that names both addresses', () => {
    for (const code of ['ORIGIN_FOREIGN', 'HOST_UNKNOWN'] as const) {
      expect(because('connecting', code)).toMatchObject({
        title: 'state:refused.title',
        tone: 'bad',
        text: `errors:${code}`,
        said: { sentence: 'As the registry says.', instead: false },
      });
    }
  });

  test('every code with a text is one of the registry', () => {
    expect(Object.keys(errorRegistry)).toEqual(expect.arrayContaining(Object.keys(catalogues.en.errors)));
  });
});

test('the catalogues have the same keys, with room for the same values, in each language', () => {
  expect(catalogueKeys(catalogues.zh)).toEqual(catalogueKeys(catalogues.en));
});

test('every worker has a symbol with a name', () => {
  for (let worker = 0; worker < 100; worker++) {
    const { colour, shape } = identityOf(worker);
    expect(Object.keys(catalogues.en.page.colours)).toContain(String(colour));
    expect(Object.keys(catalogues.en.page.shapes)).toContain(String(shape));
  }
});

describe('what this machine lacks', () => {
  const webgl = { backend: 'webgl', passed: true } as const;
  const wasm = { backend: 'wasm', passed: true } as const;

  test('is nothing where all passed and threads were tried', () => {
    expect(missingHere([webgl, wasm], true, 8)).toEqual([]);
  });
  test('is https for threads, where it has processors for them', () => {
    expect(missingHere([webgl, wasm], false, 8)).toEqual(['threads']);
    expect(missingHere([webgl, wasm], false, 2)).toEqual([]);
  });
  test('is precision, where the graphics processor is good enough to draw', () => {
    expect(missingHere([{ ...webgl, passed: false, draws: true }, wasm], true, 8)).toEqual(['half']);
  });
  test('is what did not start', () => {
    const failed = [webgl, wasm].map((each) => ({ ...each, passed: false }));
    expect(missingHere(failed, false, 8)).toEqual(['webgl', 'wasm']);
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
