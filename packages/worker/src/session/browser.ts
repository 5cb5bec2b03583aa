/** A session in a browser's Web Worker. */
import { errorText, gantryError } from '@gantry/shared';
import type { Platform } from './platform.ts';
import { startSession as start } from './session.ts';
import type { SessionControl, SessionListener, SessionOptions } from './status.ts';

const browser: Platform = {
  connect: (url) => new WebSocket(url),
  async fetchBytes(url) {
    try {
      const response = await fetch(url);
      if (!response.ok) throw gantryError('CHUNK_UNAVAILABLE', url, `HTTP ${response.status}`);
      return new Uint8Array(await response.arrayBuffer());
    } catch (error) {
      throw gantryError('CHUNK_UNAVAILABLE', url, errorText(error));
    }
  },
  candidates: ['webgl', 'wasm'],
};

export const startSession = (options: SessionOptions, listener: SessionListener): SessionControl =>
  start(options, listener, browser);
