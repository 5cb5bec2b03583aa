/** Frames that are none, or that no worker sends: for no lease, or for somebody else's. */
import { frameKinds, headerBytes, limits } from '@gantry/shared';
import { uniforms } from '../../../packages/shared/test/support/numbers.ts';
import {
  contributionFrame,
  headerField,
  sheetFrame,
  updateFrame,
  withByte,
  withPayload,
  withWord,
  type Bytes,
} from '../../support/frames.ts';
import type { Case, Peer } from '../case.ts';

const right = (peer: Peer): Bytes => updateFrame(peer, peer.lease);

function randomBytes(length: number, seed: number): Bytes {
  const next = uniforms(seed);
  return Uint8Array.from({ length }, () => 256 * next());
}

const invalid = (input: string, says: string, spoil: (frame: Bytes) => Bytes): Case => ({
  input,
  error: 'FRAME_INVALID',
  says,
  send: (peer) => spoil(right(peer)),
});

export const brokenFrames: readonly Case[] = [
  invalid('an empty frame', 'length is 0', () => new Uint8Array(0)),
  invalid('random bytes', 'magic', () => randomBytes(1000, 1)),
  invalid('a frame cut off in its header', 'length is 40', (frame) => frame.slice(0, 40)),
  invalid('a frame cut off in its payload', 'payload length', (frame) => frame.slice(0, -4)),
  invalid('a frame with bytes behind its payload', 'payload length', (frame) => {
    const longer = new Uint8Array(frame.length + 4);
    longer.set(frame);
    return longer;
  }),
  invalid('a frame of another magic', 'magic', (frame) => withByte(frame, headerField.magic, 0x48)),
  invalid('a frame of another format version', 'format version is 2', (frame) =>
    withByte(frame, headerField.format, 2),
  ),
  invalid('a frame of an unknown kind', 'kind is 99', (frame) => withByte(frame, headerField.kind, 99)),
  ...(['snapshot', 'delta', 'ema', 'merged', 'discriminator'] as const).map((kind) =>
    invalid(`a frame of a kind that only the coordinator sends: ${kind}`, `kind is ${kind}`, (frame) =>
      withByte(frame, headerField.kind, frameKinds[kind]),
    ),
  ),
  invalid('a frame of an unknown codec', 'codec is 4', (frame) => withByte(frame, headerField.codec, 4)),
  invalid('a frame of an unknown phase', 'phase is 2', (frame) => withByte(frame, headerField.phase, 2)),
  invalid('a frame whose reserved bytes are not 0', 'reserved field', (frame) =>
    withByte(frame, headerField.reserved, 1),
  ),
  invalid('a frame that claims another payload length', 'payload length is 4294967295', (frame) =>
    withWord(frame, headerField.payloadLength, 0xffffffff),
  ),
  invalid('a frame with one bit turned', 'checksum', (frame) =>
    frame.map((byte, at) => (at === frame.length - 1 ? byte ^ 1 : byte)),
  ),
  invalid('a frame with another checksum', 'checksum', (frame) => {
    const copy = frame.slice();
    copy[headerField.checksum] ^= 1;
    return copy;
  }),
  invalid('a frame with a replica checksum, as only the coordinator has', 'replica is 1', (frame) =>
    withWord(frame, headerField.replica, 1),
  ),
  invalid('a frame with a base version, as only deltas have', 'base is 1', (frame) =>
    withWord(frame, headerField.base, 1),
  ),
  {
    input: 'a sheet that tells how long an update took',
    error: 'FRAME_INVALID',
    says: 'took is 1',
    send: (peer) => withWord(sheetFrame(peer, peer.lease, 1, 4), headerField.took, 1),
  },
  {
    input: 'a message of 200 MB',
    error: 'MESSAGE_TOO_LARGE',
    send: () => new Uint8Array(200e6),
  },
  {
    input: 'a message that is a byte too large',
    error: 'MESSAGE_TOO_LARGE',
    send: () => new Uint8Array(limits.frame + 1),
  },
  {
    input: 'a WebSocket frame with a reserved bit',
    error: 'SOCKET_INVALID',
    close: 1002,
    // FIN, a reserved bit and "binary"; masked, empty.
    send: ({ worker }) => worker.sendRaw(Uint8Array.of(0xc2, 0x80, 0, 0, 0, 0)),
  },
  {
    input: 'a WebSocket frame that is not masked',
    error: 'SOCKET_INVALID',
    close: 1002,
    send: ({ worker }) => worker.sendRaw(Uint8Array.of(0x82, 0x00)),
  },
];

export const strangersFrames: readonly Case[] = [
  {
    input: 'an update for a lease that nobody has',
    error: 'UPDATE_INVALID',
    says: 'does not hold',
    send: right,
  },
  {
    input: "an update for another worker's lease",
    error: 'UPDATE_INVALID',
    says: 'does not hold',
    send: (peer) => updateFrame(peer, peer.theirs),
  },
  {
    input: "NaN for another worker's lease",
    error: 'UPDATE_INVALID',
    says: 'does not hold',
    send: (peer) => updateFrame(peer, peer.theirs, undefined, ({ statistics }) => void statistics.fill(NaN)),
  },
  {
    input: "a contribution for another worker's lease",
    error: 'UPDATE_INVALID',
    says: 'does not hold',
    send: (peer) => contributionFrame(peer, peer.theirs, 0),
  },
  {
    input: "a sheet for another worker's lease",
    error: 'UPDATE_INVALID',
    says: 'does not hold',
    send: (peer) => sheetFrame(peer, peer.theirs, 1, 4),
  },
  {
    input: 'random bytes behind a right header',
    error: 'UPDATE_INVALID',
    says: 'does not hold',
    send: (peer) => withPayload(right(peer), randomBytes(4000, 2)),
  },
  {
    input: 'an update for another incarnation of the coordinator',
    error: 'UPDATE_INVALID',
    says: 'incarnation',
    send: (peer) => withWord(updateFrame(peer, peer.theirs), headerField.incarnation, 6),
  },
  {
    input: 'a header without a payload',
    error: 'UPDATE_INVALID',
    says: 'does not hold',
    send: (peer) => withPayload(right(peer).slice(0, headerBytes), new Uint8Array(0)),
  },
];
