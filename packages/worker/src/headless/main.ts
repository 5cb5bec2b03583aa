/** `gantry work URL`: the same worker in Node, on wasm. */
import { WebSocket } from 'ws';
import { gantryError, limits } from '@gantry/shared';
import { fetchBytes } from '../session/fetch-bytes.ts';
import type { Platform } from '../session/platform.ts';
import { startSession } from '../session/session.ts';
import type { SessionStatus } from '../session/status.ts';
import { keepToken, readToken } from './identity.ts';

export interface WorkOptions {
  readonly url: string;
  readonly joinCode?: string | undefined;
  readonly name?: string | undefined;
  /** File that keeps who this worker is from one start to the next. */
  readonly state?: string | undefined;
  /** Print nothing but errors. */
  readonly quiet: boolean;
  /** Started by a coordinator, over an IPC channel: ends when that closes. */
  readonly attached: boolean;
}

const node: Platform = {
  connect: (url) => new WebSocket(url, { perMessageDeflate: false, maxPayload: limits.frame }),
  fetchBytes,
  candidates: ['wasm'],
};

/** Seconds to reach the coordinator for the first time. */
const reachSeconds = 8;

/**
 * Works until the run is over or this process is told to end.
 *
 * @returns the exit code
 * @throws URL_INVALID, OPTION_INVALID, COORDINATOR_UNREACHABLE
 */
export async function work(options: WorkOptions): Promise<number> {
  const url = coordinatorUrl(options.url);
  const { state } = options;
  const token = state === undefined ? undefined : readToken(state);
  // The coordinator may be gone before this process has come so far.
  if (options.attached && !process.connected) return 0;
  return new Promise<number>((settle, fail) => {
    let reached = false;
    let shown = '';
    let ended = false;
    let kept = token;
    const session = startSession(
      { url, kind: 'headless', name: options.name, joinCode: options.joinCode || undefined, token },
      {
        status(status) {
          if (status.worker !== null) reached = true;
          const line = describe(status);
          if (!options.quiet && line !== shown) process.stdout.write(`${line}\n`);
          shown = line;
          if (status.state === 'finished' || status.state === 'left') {
            settle(0);
          } else if (!ended && (status.state === 'refused' || status.state === 'unable')) {
            // The last status comes again when the backend is gone.
            ended = true;
            process.stderr.write(`${status.detail ?? status.state}\n`);
            settle(1);
          }
        },
        sheet: () => undefined,
        token(given) {
          if (state === undefined || given === kept) return;
          try {
            keepToken(state, given);
            kept = given;
          } catch (error) {
            fail(error);
            session.leave();
          }
        },
      },
      node,
    );
    setTimeout(() => {
      if (reached) return;
      // Before leaving, which alone would count as a good end.
      fail(gantryError('COORDINATOR_UNREACHABLE', url, `tried for ${reachSeconds} s`));
      session.leave();
    }, reachSeconds * 1000).unref();
    const leave = (): void => session.leave();
    process.once('SIGTERM', leave);
    if (options.attached) {
      // Ctrl-C in their terminal reaches both, and the coordinator wants to finish
      // its step with this worker. When it is gone, whatever became of it, so is the channel to it.
      process.on('SIGINT', () => undefined);
      process.once('disconnect', () => process.exit(0));
    } else {
      process.once('SIGINT', leave);
    }
  });
}

/** @throws URL_INVALID */
export function coordinatorUrl(text: string): string {
  const given = /^[a-z]+:\/\//i.test(text) ? text : `http://${text}`;
  try {
    const url = new URL(given);
    if (url.protocol === 'http:' || url.protocol === 'https:') return url.origin;
  } catch {
    // falls through to the same sentence
  }
  throw gantryError('URL_INVALID', text);
}

function describe(status: SessionStatus): string {
  const who = status.name ?? 'worker';
  switch (status.state) {
    case 'connecting':
      return `${who}: connecting${status.detail ? ` (${status.detail})` : ''}`;
    case 'testing':
      return `${who}: testing this machine`;
    case 'waiting':
    case 'computing':
    case 'sampling':
      return `${who}: working on ${status.backend ?? '?'}, ${status.millisecondsPerMicrobatch?.toFixed(1) ?? '?'} ms a microbatch`;
    case 'paused':
    case 'hidden':
    case 'refused':
    case 'unable':
    case 'left':
    case 'finished':
      return `${who}: ${status.state}`;
  }
}
