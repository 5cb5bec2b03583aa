/** Runs in a browser: the tab's page in each of its states, without a coordinator. `serve-page.ts` bundles and serves it. */
import { computed, signal } from '@preact/signals';
import { render } from 'preact';
import { gantryError, type Waiting } from '@gantry/shared';
import { language, type Language } from '@gantry/shared/page';
import { nothingYet, type SessionStatus, type Sheet } from '../../packages/worker/src/session/status.ts';
import { App } from '../../packages/worker/src/tab/app.tsx';
import type { Tab } from '../../packages/worker/src/tab/tab.ts';
import { shownState, stateWords } from '../../packages/worker/src/tab/words.ts';
import type { Wakefulness } from '../../packages/worker/src/tab/wake.ts';

const wasm = { backend: 'wasm', passed: true, error: 1.2e-6, milliseconds: 46.6 } as const;
const half = {
  backend: 'webgl',
  passed: false,
  draws: true,
  error: 8.4e-3,
  milliseconds: 12.3,
  reason: gantryError('KNOWN_ANSWER_WRONG', 'webgl', 0.0084).message,
} as const;

const joined: SessionStatus = {
  ...nothingYet,
  state: 'computing',
  name: 'Rosalind Franklin, third row on the left',
  worker: 5,
  preset: 'digits-small',
  backend: 'wasm',
  threads: 1,
  tests: [{ ...half, draws: undefined, error: undefined }, wasm],
  millisecondsPerMicrobatch: 23.3,
  task: { phase: 'generator', step: 1233, blocks: 2 },
  runStatus: 'running',
  iteration: 1233,
  iterations: 20_000,
  workers: 24,
  rank: 3,
  share: 0.061,
  microbatches: 1204,
  version: 2466,
  replicaChecksum: 0xfa0049c4,
  tensors: 15,
  bytes: { up: 9.7e6, down: 9.7e6 },
};

const waits = (what: Waiting['for'], count: number): SessionStatus => ({
  ...joined,
  state: 'waiting',
  waiting: { for: what, count },
});

/** By name: what the session says. */
export const tabStates = {
  joining: nothingYet,
  'asks for the code': { ...nothingYet, state: 'refused', detail: gantryError('JOIN_CODE_WRONG') },
  lost: { ...joined, state: 'connecting' },
  testing: { ...joined, state: 'testing', backend: null, tests: [], task: null, microbatches: 0, share: 0 },
  working: joined,
  'working at a quarter': { ...joined, load: 0.25 },
  drawing: { ...joined, state: 'sampling' },
  'waiting for the teacher': waits('presenter', 0),
  'waiting for workers': waits('workers', 4),
  'waiting for others': waits('others', 3),
  'no part': waits('blocks', 16),
  'waiting for its turn': waits('turn', 8),
  'waiting for the network': waits('network', 0),
  'draws only': {
    ...waits('sheet', 0),
    backend: 'webgl',
    sheetsOnly: true,
    tests: [half, { backend: 'wasm', passed: false, reason: 'WebAssembly is not defined' }],
  },
  paused: { ...joined, state: 'paused' },
  hidden: { ...joined, state: 'hidden' },
  quarantined: {
    ...joined,
    state: 'quarantined',
    quarantined: 'Its gradients differ from those of Ada and Ben by 140 %.',
  },
  'put aside': {
    ...joined,
    state: 'connecting',
    detail: gantryError('PUT_ASIDE', 'One lease after the other failed there.'),
  },
  full: { ...nothingYet, state: 'refused', detail: gantryError('WORKERS_FULL', 250) },
  replaced: { ...joined, state: 'refused', detail: gantryError('REPLACED') },
  unable: {
    ...joined,
    state: 'unable',
    backend: null,
    tests: [half, { ...wasm, passed: false }].map((test) => ({ ...test, draws: undefined })),
    detail: gantryError('NO_BACKEND', 'webgl, wasm'),
  },
  left: { ...joined, state: 'left' },
  staying: { ...joined, state: 'staying', iteration: 20_000 },
  finished: { ...joined, state: 'finished', iteration: 20_000 },
} satisfies Record<string, SessionStatus>;
export type TabState = keyof typeof tabStates;

/** Two dozen points of a ring. */
const points = Array.from({ length: 24 }, (_, i): [number, number] => [
  2 * Math.cos((i * Math.PI) / 12),
  2 * Math.sin((i * Math.PI) / 12),
]);

function tabOf(status: SessionStatus, awake: Wakefulness): Tab {
  const shown = shownState(status.state, 0);
  const sheet: Sheet | null =
    status.worker === null ? null : { iteration: Math.max(0, status.iteration - 33), points };
  const nothing = (): void => undefined;
  return {
    status: signal(status),
    // A wait that has lasted.
    shown: signal(status.state === 'waiting' ? 'waiting' : shown),
    words: computed(() => stateWords(status.state === 'waiting' ? 'waiting' : shown, status)),
    sheet: signal(sheet),
    paused: signal(status.state === 'paused'),
    askForCode: signal(status.state === 'refused' && status.detail?.code === 'JOIN_CODE_WRONG'),
    code: signal('AAAA'),
    name: signal(''),
    load: signal(status.load),
    awake: signal(awake),
    join: nothing,
    rename: nothing,
    setLoad: nothing,
    pause: nothing,
    resume: nothing,
    leave: nothing,
    joinAgain: nothing,
  };
}

declare global {
  var tabStateNames: readonly TabState[];
  var showTab: (state: TabState, language: Language) => void;
}

const root = document.createElement('div');
document.body.append(root);
document.documentElement.lang = 'en';

globalThis.tabStateNames = Object.keys(tabStates) as TabState[];
globalThis.showTab = (state, shownLanguage) => {
  language.value = shownLanguage;
  document.documentElement.lang = shownLanguage === 'zh' ? 'zh-Hans' : 'en';
  const awake = state === 'working' ? 'held' : 'insecure';
  // A new page each time: what was announced before is none of its business.
  render(null, root);
  render(<App tab={tabOf(tabStates[state], awake)} />, root);
};
