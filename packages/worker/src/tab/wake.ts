/**
 * Keeps the screen on while this tab works: a laptop whose screen goes dark soon sleeps. Browsers offer that over https
 * only (Screen Wake Lock). The way around it, a muted video in a loop, needs what the content security policy forbids and
 * no kept library offers; so where there is no lock, the page says what to do.
 */
import { signal, type ReadonlySignal } from '@preact/signals';

/**
 * `idle`: not wanted now; `held`; `insecure`: needs https; `unsupported`: not in this browser; `refused`: not now, such as on
 * a battery that is low.
 */
export type Wakefulness = 'idle' | 'held' | 'insecure' | 'unsupported' | 'refused';

/** The part of a browser's window that is needed. */
export interface WakeWindow {
  readonly isSecureContext: boolean;
  readonly navigator: { readonly wakeLock?: { request(type: 'screen'): Promise<Lock> } };
  readonly document: {
    readonly visibilityState: DocumentVisibilityState;
    addEventListener(type: 'visibilitychange', listener: () => void): void;
  };
}
interface Lock {
  release(): Promise<void>;
  addEventListener(type: 'release', listener: () => void): void;
}

export interface Wake {
  readonly state: ReadonlySignal<Wakefulness>;
  /** From now on, or not any more. */
  want(wanted: boolean): void;
}

export function createWake({ isSecureContext, navigator, document }: WakeWindow): Wake {
  const state = signal<Wakefulness>('idle');
  let wanted = false;
  let lock: Lock | null = null;
  let asking = false;

  const release = (): void => {
    // It may be gone already: then there is nothing to release.
    lock?.release().catch(() => undefined);
    lock = null;
    state.value = 'idle';
  };
  const ask = async (): Promise<void> => {
    const { wakeLock } = navigator;
    if (wakeLock === undefined) {
      state.value = isSecureContext ? 'unsupported' : 'insecure';
      return;
    }
    if (asking || lock !== null || document.visibilityState !== 'visible') return;
    asking = true;
    try {
      const granted = await wakeLock.request('screen');
      lock = granted;
      state.value = 'held';
      // Browsers take it back when the tab is hidden.
      granted.addEventListener('release', () => {
        if (lock !== granted) return;
        lock = null;
        state.value = 'idle';
      });
    } catch {
      state.value = 'refused';
    }
    asking = false;
    if (!wanted) release();
  };
  document.addEventListener('visibilitychange', () => {
    if (wanted) void ask();
  });

  return {
    state,
    want(next) {
      if (next === wanted) return;
      wanted = next;
      if (wanted) void ask();
      else release();
    },
  };
}
