/** A session in a browser's Web Worker. */
import { fetchBytes } from './fetch-bytes.ts';
import type { Platform } from './platform.ts';
import { startSession as start } from './session.ts';
import type { SessionControl, SessionListener, SessionOptions } from './status.ts';

const browser: Platform = {
  connect: (url) => new WebSocket(url),
  fetchBytes,
  candidates: ['webgl', 'wasm'],
};

export const startSession = (options: SessionOptions, listener: SessionListener): SessionControl =>
  start(options, listener, browser);
