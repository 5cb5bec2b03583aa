/** Entry of the Web Worker: it owns the session and TensorFlow.js, so that the page stays free to draw. */
import { expose, type Remote } from 'comlink';
import { startSession } from '../session/browser.ts';
import type { SessionControl, SessionListener, SessionOptions } from '../session/status.ts';
import { workerReady, type ComputeWorker } from './compute-protocol.ts';
import { useBundledWasm } from './wasm-paths.ts';

let control: SessionControl | null = null;

/** Calls into the page are sent and not waited for; the page has no way to fail that the session could mend. */
function forward(page: Remote<SessionListener>): SessionListener {
  const send = (call: Promise<void>): void => void call.catch(reportError);
  return {
    status: (status) => send(page.status(status)),
    sheet: (sheet) => send(page.sheet(sheet)),
    token: (token) => send(page.token(token)),
  };
}

const computeWorker: ComputeWorker = {
  start: (options: SessionOptions, listener) => {
    control = startSession(options, forward(listener as unknown as Remote<SessionListener>));
  },
  setAvailability: (state) => control?.setAvailability(state),
  setLoad: (load) => control?.setLoad(load),
  rename: (name) => control?.rename(name),
  leave: () => control?.leave(),
};

useBundledWasm();
expose(computeWorker);
// A module with top-level await begins to listen only now; what the page sent before is lost. So it waits for this.
postMessage(workerReady);
