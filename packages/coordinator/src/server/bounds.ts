/** What the server bears of its peers. Tests bear less. */
import { limits } from '@gantry/shared';
import type { Rate } from './allowance.ts';

/** A count that begins anew when the seconds are over. */
interface Quota {
  readonly most: number;
  readonly seconds: number;
}

export interface Bounds {
  /** Seconds from a socket's opening to its hello. */
  readonly hello: number;
  /** Seconds between pings; a peer silent for three of them is gone. */
  readonly ping: number;
  /** Seconds for the answer to a close. */
  readonly close: number;
  /** Seconds for a request's headers, also where none ever come, and for a handshake of https. */
  readonly headers: number;
  /** Seconds for a whole request. */
  readonly request: number;
  /** Seconds on a connection in which nothing moves: of a file that is asked for and not read. */
  readonly idle: number;
  /** Unasked, of one connection. */
  readonly messages: Rate;
  readonly frames: Rate;
  /** Bytes that wait to be read by one worker. */
  readonly pendingBytes: number;
  /** From one address. */
  readonly requests: Quota;
  readonly chunks: Quota;
  readonly upgrades: Quota;
  readonly connectionsOfAddress: number;
  /** From all. */
  readonly connections: number;
}

const { messages, frames, pendingBytes, requests, chunks, upgrades, connectionsOfAddress, connections } =
  limits;

export const defaultBounds: Bounds = {
  hello: 10,
  ping: 10,
  close: 3,
  headers: 10,
  request: 20,
  idle: 60,
  messages,
  frames,
  pendingBytes,
  requests,
  chunks,
  upgrades,
  connectionsOfAddress,
  connections,
};
