/** What the page and its Web Worker say to each other. */
import type { SessionControl, SessionListener, SessionOptions } from '../session/status.ts';

/** Called through comlink. */
export interface ComputeWorker extends SessionControl {
  /** Once. The listener is given as a comlink proxy. */
  start(options: SessionOptions, listener: SessionListener): void;
}

/** The Web Worker's first message. */
export const workerReady = 'gantry: ready';
