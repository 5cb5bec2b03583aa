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
import type { Identity } from '../run/registry.ts';
import type { Run } from '../run/run.ts';
import type { RunLogger, WorkerLink } from '../run/types.ts';
import { Allowance } from './allowance.ts';
import type { YoungGarbage } from './garbage.ts';
import { sameJoinCode } from './secrets.ts';
import { awaitHello, type Peer } from './stranger.ts';
import type { Bounds } from './bounds.ts';
import type { Tries } from './tries.ts';

export interface Door {
  readonly run: Run;
  /** null: anybody may join. */
  readonly joinCode: string | null;
  readonly tries: Tries;
  readonly garbage: YoungGarbage;
  readonly log: RunLogger;
  readonly bounds: Bounds;
}

export function serveWorker(socket: WebSocket, peer: Peer, door: Door): void {
  const { run, garbage, log, bounds } = door;
  let identity: Identity | null = null;
  let forGood = false;
  let refused = false;
  const allowances = {
    messages: new Allowance('messages', bounds.messages, performance.now()),
    frames: new Allowance('frames', bounds.frames, performance.now()),
  };
  const tell = ({ code, message }: GantryError): void =>
    log.warn({ worker: identity?.id, address: peer.ip, code }, message);
  const link = socketLink(socket, allowances, bounds, tell);
  const refuse = (error: unknown): void => {
    const known = error instanceof GantryError ? error : gantryError('INTERNAL', errorText(error));
    tell(known);
    refused = known.entry.close !== undefined;
    if (identity !== null) run.refused(identity.id, known);
    if (refused) link.close(known);
    else link.sendMessage({ type: 'refused', code: known.code, message: known.message });
    if (known.code === 'MESSAGES_TOO_MANY') socket.pause();
  };
  const introduced = awaitHello(peer, bounds.hello, refuse);

  socket.on('message', (data, isBinary) => {
    // Of a peer that is being disconnected nothing is looked at any more.
    if (refused || socket.readyState !== socket.OPEN) return;
    try {
      allowances[isBinary ? 'frames' : 'messages'].take(performance.now());
      if (isBinary) {
        if (identity === null) throw gantryError('MESSAGE_UNEXPECTED', 'binary', 'not joined');
        const bytes = bytesOf(data);
        run.frame(identity.id, readFrame(bytes));
        garbage.add(bytes.length);
      } else {
        hear(parseMessage(workerMessage, textOf(data)));
      }
    } catch (error) {
      refuse(error);
    }
  });
  socket.on('error', (error) => {
    const known = brokenRule(error);
    const { code, message } = known ?? { code: undefined, message: error.message };
    log.warn({ worker: identity?.id, address: peer.ip, code }, `A socket failed: ${message}`);
    if (known !== null && identity !== null) run.refused(identity.id, known);
  });
  socket.on('close', () => {
    introduced();
    if (identity) run.detach(identity.id, link, forGood);
  });

  function hear(message: WorkerMessage): void {
    if (message.type === 'hello') {
      if (identity !== null) throw gantryError('MESSAGE_UNEXPECTED', 'hello', 'joined');
      identity = admit(message, peer.ip, door);
      introduced();
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

/** @throws PROTOCOL_VERSION, JOIN_CODE_WRONG, JOINING_LOCKED, WORKERS_FULL */
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
  if (!back && run.members.locked) throw gantryError('JOINING_LOCKED');
  const connected = [...run.state.workers.values()].filter((worker) => worker.connected).length;
  if (connected >= limits.workers) throw gantryError('WORKERS_FULL', limits.workers);
  return run.identify(hello.token, hello.name, hello.kind);
}

type Allowances = Readonly<Record<'messages' | 'frames', Allowance>>;

/** @param gaveUp - told why the peer is sent nothing more */
function socketLink(
  socket: WebSocket,
  { messages, frames }: Allowances,
  bounds: Bounds,
  gaveUp: (reason: GantryError) => void,
): WorkerLink {
  /** Whether the peer reads what it is sent; where not, it is given up. */
  const reads = (): boolean => {
    if (socket.readyState !== socket.OPEN) return false;
    if (socket.bufferedAmount <= bounds.pendingBytes) return true;
    const reason = gantryError('PEER_NOT_READING', socket.bufferedAmount);
    gaveUp(reason);
    closeWith(socket, reason, bounds.close); // without a message that says why: it would not be read either
    return false;
  };
  const link: WorkerLink = {
    sendMessage(message: CoordinatorMessage) {
      if (!reads()) return;
      if (message.type === 'lease' || message.type === 'evaluate' || message.type === 'report') {
        messages.ask();
        frames.ask();
      }
      socket.send(JSON.stringify(message));
    },
    sendFrame(frame) {
      if (!reads()) return;
      frames.ask(); // the answer to merged statistics is the next contribution
      socket.send(frame);
    },
    close(reason) {
      // A close frame holds 123 bytes of reason; the whole sentence goes before it.
      link.sendMessage({ type: 'refused', code: reason.code, message: reason.message });
      closeWith(socket, reason, bounds.close);
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

/**
 * Closes with the error's close code and, as the reason, its name.
 *
 * @param seconds - after which a peer that does not answer the close is cut off
 */
export function closeWith(socket: WebSocket, reason: GantryError, seconds: number): void {
  if (socket.readyState !== socket.OPEN) return;
  socket.close(reason.entry.close ?? 4500, reason.code);
  const timer = setTimeout(() => socket.terminate(), seconds * 1000).unref();
  socket.once('close', () => clearTimeout(timer));
}

/** `ws` delivers a Buffer (its default binaryType); views on it share its memory. */
export function bytesOf(data: WebSocket.RawData): Uint8Array<ArrayBuffer> {
  if (Array.isArray(data)) return new Uint8Array(Buffer.concat(data));
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
}

export const textOf = (data: WebSocket.RawData): string => Buffer.from(bytesOf(data)).toString('utf8');
