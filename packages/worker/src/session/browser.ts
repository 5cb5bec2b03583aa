/** A session in a browser's Web Worker. */
import type { ErrorCode } from '@gantry/shared';
import { fetchBytes } from './fetch-bytes.ts';
import type { Platform } from './platform.ts';
import { startSession as start } from './session.ts';
import type { Detail, SessionControl, SessionListener, SessionOptions } from './status.ts';

/** What is refused at the door, before anybody looks at what is asked for. */
const atTheDoor: readonly ErrorCode[] = ['ORIGIN_FOREIGN', 'HOST_UNKNOWN'];

/** A POST names the page's origin, as a socket does and a GET does not; so it is refused for the same reason. */
async function whyRefused(url: string): Promise<Detail | null> {
  try {
    const { code, message } = (await (await fetch(url, { method: 'POST' })).json()) as Partial<Detail>;
    const known = atTheDoor.find((each) => each === code);
    return known === undefined ? null : { code: known, message: String(message) };
  } catch {
    return null; // nobody answers, or in no words of ours
  }
}

const browser: Platform = {
  connect: (url) => new WebSocket(url),
  whyRefused,
  fetchBytes,
  candidates: ['webgl', 'wasm'],
};

export const startSession = (options: SessionOptions, listener: SessionListener): SessionControl =>
  start(options, listener, browser);
