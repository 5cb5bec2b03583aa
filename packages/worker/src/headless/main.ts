/** `gantry work URL`: the same worker in Node, on wasm. */
import { WebSocket, type ClientOptions } from 'ws';
import { GantryError, gantryError, limits } from '@gantry/shared';
import { fetchBytes } from '../session/fetch-bytes.ts';
import type { Platform } from '../session/platform.ts';
import { startSession } from '../session/session.ts';
import type { SessionStatus } from '../session/status.ts';
import { keepToken, readToken } from './identity.ts';
import { pinnedConnect, pinnedFetch, readFingerprint } from './pinned.ts';

export interface WorkOptions {
  readonly url: string;
  readonly joinCode?: string | undefined;
  readonly name?: string | undefined;
  /** Of the coordinator's certificate; without it, whoever the system trusts vouches for it. */
  readonly fingerprint?: string | undefined;
  /** File that keeps who this worker is from one start to the next. */
  readonly state?: string | undefined;
  /** Print nothing but errors. */
  readonly quiet: boolean;
  /** Started by a coordinator, over an IPC channel: ends when that closes. */
  readonly attached: boolean;
}

/**
 * @param fingerprint - of the coordinator's certificate
 * @param untrusted - told why a connection was not made that never will be: the certificate is not the right one
 */
function node(fingerprint: string | undefined, untrusted: (reason: GantryError) => void): Platform {
  const pinned = fingerprint === undefined ? null : pinnedConnect(readFingerprint(fingerprint));
  const options = {
    perMessageDeflate: false,
    maxPayload: limits.frame,
    // Its type knows of no callback, and Node calls with one.
    ...(pinned ? { createConnection: pinned as unknown as ClientOptions['createConnection'] } : {}),
  };
  return {
    connect(url) {
      const socket = new WebSocket(url, options);
      socket.once('error', (error: NodeJS.ErrnoException) => {
        if (error instanceof GantryError) untrusted(error);
        else if (isUntrusted(error)) untrusted(gantryError('CERTIFICATE_UNTRUSTED', url, error.message));
      });
      return socket;
    },
    fetchBytes: pinned ? pinnedFetch(pinned) : fetchBytes,
    candidates: ['wasm'],
  };
}

/** OpenSSL's and Node's codes for certificates that they do not trust: there are many, which all name what they are of. */
const isUntrusted = ({ code = '' }: NodeJS.ErrnoException): boolean => /CERT|ISSUER|ALTNAME/.test(code);

/** Seconds to reach the coordinator for the first time. */
const reachSeconds = 8;

/**
 * Works until the run is over or this process is told to end.
 *
 * @returns the exit code
 * @throws URL_INVALID, OPTION_INVALID, COORDINATOR_UNREACHABLE, CERTIFICATE_UNTRUSTED, CERTIFICATE_WRONG
 */
export async function work(options: WorkOptions): Promise<number> {
  const url = coordinatorUrl(options.url);
  if (options.fingerprint !== undefined && !url.startsWith('https:')) {
    throw gantryError(
      'OPTION_INVALID',
      '--fingerprint',
      options.fingerprint,
      'with an address of https only',
    );
  }
  const { state } = options;
  const token = state === undefined ? undefined : readToken(state);
  // The coordinator may be gone before this process has come so far.
  if (options.attached && !process.connected) return 0;
  return new Promise<number>((settle, fail) => {
    let reached = false;
    let shown = '';
    let ended = false;
    const untrusted = (reason: GantryError): void => {
      if (reached) return; // it was the right one before: it may be so again
      fail(reason);
      session.leave();
    };
    let kept = token;
    const session = startSession(
      {
        url,
        kind: 'headless',
        name: options.name,
        joinCode: options.joinCode || undefined,
        token,
        // It ends with its coordinator, which is there to be looked at. Others may be part of a script.
        stays: options.attached,
      },
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
            process.stderr.write(`${status.detail?.message ?? status.state}\n`);
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
      node(options.fingerprint, untrusted),
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
      return `${who}: connecting${status.detail ? ` (${status.detail.message})` : ''}`;
    case 'testing':
      return `${who}: testing this machine`;
    case 'waiting':
    case 'computing':
    case 'sampling':
      return `${who}: working on ${status.backend ?? '?'}, ${status.millisecondsPerMicrobatch?.toFixed(1) ?? '?'} ms a microbatch`;
    case 'staying':
      return `${who}: the run is over; draws what is asked for`;
    case 'quarantined':
      return `${who}: quarantined. ${status.quarantined ?? ''}`;
    case 'paused':
    case 'hidden':
    case 'refused':
    case 'unable':
    case 'left':
    case 'finished':
      return `${who}: ${status.state}`;
  }
}
