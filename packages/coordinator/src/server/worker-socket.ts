/**
 * One worker's connection: hello first, then control messages and tensor frames. What a peer does wrong ends
 * in an error of the registry, told to it in a `refused` message; errors with a close code end the connection.
 */
import type { WebSocket } from 'ws';
import {
  errorText,
  gantryError,
  GantryError,
  limits,
  parseMessage,
  protocolVersion,
  readFrame,
  workerMessage,
  type CoordinatorMessage,
  type WorkerMessage,
} from '@gantry/shared';
import { sameJoinCode } from './secrets.ts';
import type { Identity } from '../run/registry.ts';
import type { YoungGarbage } from './garbage.ts';
import type { Tries } from './tries.ts';
import type { Run } from '../run/run.ts';
import type { RunLogger, WorkerLink } from '../run/types.ts';

/** Seconds that a new connection may take to say hello. */
const helloSeconds = 10;

export interface Door {
  readonly run: Run;
  /** null: anybody may join. */
  readonly joinCode: string | null;
  readonly tries: Tries;
  readonly garbage: YoungGarbage;
  readonly log: RunLogger;
}

/** @param address - the peer's */
export function serveWorker(socket: WebSocket, address: string, door: Door): void {
  const { run, garbage, log } = door;
  let identity: Identity | null = null;
  let forGood = false;
  const link = socketLink(socket);
  const timer = setTimeout(() => link.close(gantryError('JOIN_TIMEOUT', helloSeconds)), helloSeconds * 1000);

  socket.on('message', (data, isBinary) => {
    // Of a peer that is being disconnected nothing is looked at any more.
    if (socket.readyState !== socket.OPEN) return;
    try {
      if (isBinary) {
        if (identity === null) throw gantryError('MESSAGE_UNEXPECTED', 'binary', 'not joined');
        const bytes = bytesOf(data);
        run.frame(identity.id, readFrame(bytes));
        garbage.add(bytes.length);
      } else {
        take(parseMessage(workerMessage, textOf(data)));
      }
    } catch (error) {
      const known = error instanceof GantryError ? error : gantryError('INTERNAL', errorText(error));
      log.warn({ worker: identity?.id, code: known.code }, known.message);
      if (identity !== null) run.refuse(identity.id, known);
      else if (known.entry.close !== undefined) link.close(known);
      else link.sendMessage({ type: 'refused', code: known.code, message: known.message });
    }
  });
  socket.on('error', (error) => {
    const known = brokenRule(error);
    const { code, message } = known ?? { code: undefined, message: error.message };
    log.warn({ worker: identity?.id, code }, `A socket failed: ${message}`);
    if (known !== null && identity !== null) run.refuse(identity.id, known);
  });
  socket.on('close', () => {
    clearTimeout(timer);
    if (identity) run.detach(identity.id, link, forGood);
  });

  function take(message: WorkerMessage): void {
    if (message.type === 'hello') {
      if (identity !== null) throw gantryError('MESSAGE_UNEXPECTED', 'hello', 'joined');
      clearTimeout(timer);
      identity = admit(message, address, door);
      run.attach(identity, link, message.slept);
      log.info({ worker: identity.id, name: identity.name, kind: identity.kind }, 'A worker joined');
      return;
    }
    if (identity === null) throw gantryError('MESSAGE_UNEXPECTED', message.type, 'not joined');
    if (message.type === 'bye') {
      forGood = true;
      socket.close(1000);
      return;
    }
    run.message(identity.id, message);
  }
}

/** @throws PROTOCOL_VERSION, JOIN_CODE_WRONG, WORKERS_FULL */
function admit(
  hello: Extract<WorkerMessage, { type: 'hello' }>,
  address: string,
  { run, joinCode, tries }: Door,
): Identity {
  if (hello.protocol !== protocolVersion)
    throw gantryError('PROTOCOL_VERSION', hello.protocol, protocolVersion);
  // Who was let in once comes back without a code: a coordinator that was started again has a new one.
  const back = hello.token !== undefined && run.knows(hello.token);
  if (joinCode !== null && !back) {
    const now = performance.now();
    if (tries.exhausted(address, now)) throw gantryError('JOIN_TRIES');
    if (!sameJoinCode(hello.joinCode ?? '', joinCode)) {
      // Without a code nothing was guessed: the tab asks its user for one.
      if (hello.joinCode !== undefined) tries.wrong(address, now);
      throw gantryError('JOIN_CODE_WRONG');
    }
  }
  const connected = [...run.state.workers.values()].filter((worker) => worker.connected).length;
  if (connected >= limits.workers) throw gantryError('WORKERS_FULL', limits.workers);
  return run.identify(hello.token, hello.name, hello.kind);
}

function socketLink(socket: WebSocket): WorkerLink {
  const link: WorkerLink = {
    sendMessage(message: CoordinatorMessage) {
      if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
    },
    sendFrame(frame) {
      if (socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > limits.pendingBytes) {
        link.close(gantryError('PEER_NOT_READING', socket.bufferedAmount));
      } else {
        socket.send(frame);
      }
    },
    close(reason) {
      // A close frame holds 123 bytes of reason; the whole sentence goes before it.
      link.sendMessage({ type: 'refused', code: reason.code, message: reason.message });
      closeWith(socket, reason);
    },
  };
  return link;
}

/** What a peer did against the rules of WebSockets; null where the network failed. `ws` closes such a connection itself. */
function brokenRule(error: Error & { readonly code?: string }): GantryError | null {
  if (
    error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' ||
    error.code === 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH'
  )
    return gantryError('MESSAGE_TOO_LARGE', limits.frame);
  return error.code?.startsWith('WS_ERR_') ? gantryError('SOCKET_INVALID', error.message) : null;
}

/** Closes with the error's close code and, as the reason, its name. */
export function closeWith(socket: WebSocket, reason: GantryError): void {
  if (socket.readyState !== socket.OPEN) return;
  socket.close(reason.entry.close ?? 4500, reason.code);
  // A peer that does not answer the close is cut off.
  const timer = setTimeout(() => socket.terminate(), 3000).unref();
  socket.once('close', () => clearTimeout(timer));
}

/** `ws` delivers a Buffer (its default binaryType); views on it share its memory. */
export function bytesOf(data: WebSocket.RawData): Uint8Array<ArrayBuffer> {
  if (Array.isArray(data)) return new Uint8Array(Buffer.concat(data));
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
}

export const textOf = (data: WebSocket.RawData): string => Buffer.from(bytesOf(data)).toString('utf8');
