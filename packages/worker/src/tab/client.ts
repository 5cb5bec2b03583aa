/** The page's side of the Web Worker. */
import { proxy, wrap } from 'comlink';
import type { SessionControl, SessionListener, SessionOptions } from '../session/status.ts';
import { workerReady, type ComputeWorker } from './compute-protocol.ts';

export interface Client extends SessionControl {
  /** Ends the Web Worker at once, whatever it does. */
  stop(): void;
}

/** @param broken - told, in words, when the Web Worker cannot start or dies */
export function startClient(
  options: SessionOptions,
  listener: SessionListener,
  broken: (reason: string) => void,
): Client {
  const worker = new Worker(new URL('./compute-worker.ts', import.meta.url), {
    type: 'module',
    name: 'gantry',
  });
  const remote = wrap<ComputeWorker>(worker);
  let stopped = false;
  const fail = (reason: string): void => {
    if (!stopped) broken(reason);
  };

  worker.addEventListener('error', (event) => fail(event.message || 'its script did not load'));
  worker.addEventListener('messageerror', () => fail('a message from it could not be read'));
  const ready = new Promise<void>((resolve) => {
    worker.addEventListener('message', function first(event: MessageEvent<unknown>) {
      if (event.data !== workerReady) return;
      worker.removeEventListener('message', first);
      resolve();
    });
  });
  const call = (action: () => Promise<void>): void => {
    ready.then(action).catch((error: unknown) => fail(String(error)));
  };

  call(() => remote.start(options, proxy(listener)));
  return {
    setAvailability: (state) => call(() => remote.setAvailability(state)),
    setLoad: (load) => call(() => remote.setLoad(load)),
    rename: (name) => call(() => remote.rename(name)),
    leave: () => call(() => remote.leave()),
    stop: () => {
      stopped = true;
      worker.terminate();
    },
  };
}
