/** What the page knows and can do: signals for the views, and the actions behind the buttons. */
import { computed, signal, type ReadonlySignal } from '@preact/signals';
import { errorText, gantryError } from '@gantry/shared';
import { nothingYet, type SessionStatus, type Sheet } from '../session/status.ts';
import { startClient, type Client } from './client.ts';
import { readJoinLink, withoutCode } from './join-link.ts';
import { browserMemory, tabMemory } from '@gantry/shared/page';
import { exposeStatus } from './test-hooks.ts';
import { createWake, type Wakefulness } from './wake.ts';
import { shownState, stateWords, workingFor, type ShownState, type StateWords } from './words.ts';

const tokenKey = 'gantry-token';
const nameKey = 'gantry-name';
const codeKey = 'gantry-code';
const loadKey = 'gantry-load';

/** Whether the machine is to stay awake for it. */
const takesPart = (state: SessionStatus['state']): boolean =>
  !isOver(state) && state !== 'paused' && state !== 'quarantined' && state !== 'staying';

/** As it was set in this browser before. */
function readLoad(): number {
  const kept = Number(browserMemory.read(loadKey));
  return kept > 0 && kept <= 1 ? kept : 1;
}

/** Nothing is to be started by itself any more. */
const isOver = (state: SessionStatus['state']): boolean =>
  state === 'left' || state === 'finished' || state === 'refused' || state === 'unable';

export interface Tab {
  readonly status: ReadonlySignal<SessionStatus>;
  readonly shown: ReadonlySignal<ShownState>;
  readonly words: ReadonlySignal<StateWords>;
  readonly sheet: ReadonlySignal<Sheet | null>;
  /** Its user has paused it, or will have once it is admitted and tested. */
  readonly paused: ReadonlySignal<boolean>;
  /** The coordinator asks for a join code; `code` and `name` are what was tried or remembered. */
  readonly askForCode: ReadonlySignal<boolean>;
  readonly code: ReadonlySignal<string>;
  readonly name: ReadonlySignal<string>;
  readonly join: (code: string, name: string) => void;
  /** The same worker under another name, which this browser keeps. */
  readonly rename: (name: string) => void;
  /** Share of the time in which this machine computes, above 0, at most 1; kept by this browser. */
  readonly load: ReadonlySignal<number>;
  readonly setLoad: (load: number) => void;
  /** Whether the screen is kept on. */
  readonly awake: ReadonlySignal<Wakefulness>;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly leave: () => void;
  /** After a refusal, or after leaving. */
  readonly joinAgain: () => void;
}

/** Joins at once: a code is asked for only when the coordinator refuses without one. */
export function createTab(): Tab {
  const link = readJoinLink(window.location.href);
  if (link.code !== undefined) hideCode(link.code);
  const status = signal(nothingYet);
  const shown = signal<ShownState>('connecting');
  const sheet = signal<Sheet | null>(null);
  const code = signal(link.code ?? tabMemory.read(codeKey) ?? '');
  const name = signal(link.name ?? browserMemory.read(nameKey) ?? '');
  let client: Client | null = null;
  const paused = signal(false);
  const load = signal(readLoad());
  const wake = createWake(window);
  let lastWork = -Infinity;
  let settling: number | undefined;

  const settle = (): void => {
    const next = shownState(status.value.state, performance.now() - lastWork);
    shown.value = next;
    clearTimeout(settling);
    if (next === 'working') settling = window.setTimeout(settle, workingFor);
  };
  const setStatus = (next: SessionStatus): void => {
    if (next.state === 'computing' || next.state === 'sampling') lastWork = performance.now();
    status.value = next;
    // So that a reload asks for another, and does not use up the tries of this address.
    if (next.detail?.code === 'JOIN_CODE_WRONG') tabMemory.forget(codeKey);
    if (next.detail?.code === 'REMOVED') tabMemory.forget(tokenKey);
    exposeStatus(next, document.documentElement);
    wake.want(takesPart(next.state));
    settle();
  };
  const broken = (reason: string): void => {
    setStatus({
      ...status.value,
      state: 'unable',
      detail: gantryError('COMPUTE_BROKEN', reason),
    });
  };
  const tellAvailability = (): void => {
    const seen = document.visibilityState === 'hidden' ? 'hidden' : 'working';
    client?.setAvailability(paused.value ? 'paused' : seen);
  };

  const start = (): void => {
    client?.stop();
    lastWork = -Infinity;
    setStatus({ ...nothingYet, name: name.value || null });
    const options = {
      url: window.location.origin,
      kind: 'tab',
      ...(name.value === '' ? {} : { name: name.value }),
      ...(code.value === '' ? {} : { joinCode: code.value }),
      token: tabMemory.read(tokenKey) ?? undefined,
      load: load.value,
      stays: true,
      ...(link.backend === undefined ? {} : { backends: [link.backend] }),
      ...(link.threads === undefined ? {} : { threads: link.threads }),
    } as const;
    const listener = {
      status: setStatus,
      sheet: (next: Sheet) => void (sheet.value = next),
      token: (token: string) => tabMemory.write(tokenKey, token),
    };
    try {
      client = startClient(options, listener, broken);
    } catch (error) {
      broken(errorText(error));
      return;
    }
    if (paused.value || document.visibilityState === 'hidden') tellAvailability();
  };
  const remember = (newName: string): void => {
    name.value = newName.trim();
    if (name.value === '') browserMemory.forget(nameKey);
    else browserMemory.write(nameKey, name.value);
  };

  document.addEventListener('visibilitychange', tellAvailability);
  // Closed, reloaded, or kept by the browser for the way back: a frozen page would hold its lease to the deadline. So
  // the connection ends now, and who comes back is the same worker, by the token.
  window.addEventListener('pagehide', () => client?.stop());
  window.addEventListener('pageshow', ({ persisted }) => {
    if (persisted && !isOver(status.value.state)) start();
  });
  exposeStatus(nothingYet, document.documentElement);
  start();

  return {
    status,
    shown,
    sheet,
    paused,
    load,
    setLoad: (next) => {
      load.value = next;
      browserMemory.write(loadKey, String(next));
      client?.setLoad(next);
    },
    awake: wake.state,
    code,
    name,
    words: computed(() => stateWords(shown.value, status.value)),
    askForCode: computed(
      () => status.value.state === 'refused' && status.value.detail?.code === 'JOIN_CODE_WRONG',
    ),
    join: (newCode, newName) => {
      code.value = newCode.trim();
      tabMemory.write(codeKey, code.value);
      remember(newName);
      start();
    },
    rename: (newName) => {
      remember(newName);
      if (name.value !== '') client?.rename(name.value);
    },
    pause: () => {
      paused.value = true;
      tellAvailability();
    },
    resume: () => {
      paused.value = false;
      tellAvailability();
    },
    leave: () => {
      tabMemory.forget(tokenKey);
      client?.leave();
    },
    joinAgain: () => {
      // Another tab has this one's token (a duplicated tab copies it): here a new worker begins.
      if (status.value.detail?.code === 'REPLACED') tabMemory.forget(tokenKey);
      paused.value = false;
      start();
    },
  };
}

/**
 * Takes the code out of the address bar, which may be on a projector, and keeps it for this tab, so that a reload works.
 * Where the browser keeps nothing, it stays.
 */
function hideCode(code: string): void {
  tabMemory.write(codeKey, code);
  if (tabMemory.read(codeKey) === code) {
    window.history.replaceState(null, '', withoutCode(window.location.href));
  }
}
