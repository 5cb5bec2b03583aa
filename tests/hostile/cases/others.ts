/** What comes for a sheet's lease, and for a lease that exchanges batch-norm statistics. */
import { exchangeLength, exchangesOf, floatsAt, headerBytes, sealFrame } from '@gantry/shared';
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

const pixels = 28 * 28;

function sheet(peer: Peer): Bytes {
  const { samples } = peer.config.evaluation;
  return sheetFrame(peer, peer.sheet, samples, samples * pixels);
}

const wrong = (input: string, says: string, send: (peer: Peer) => Bytes): Case => ({
  input,
  error: 'UPDATE_INVALID',
  says,
  send,
});

export const wrongSheets: readonly Case[] = [
  wrong('a sheet of another count', 'no sheet of', (peer) => withWord(sheet(peer), headerField.count, 1)),
  wrong('a sheet that is a byte short', 'no sheet of', (peer) =>
    withPayload(sheet(peer), sheet(peer).subarray(headerBytes, -1)),
  ),
  wrong('an empty sheet', 'no sheet of', (peer) =>
    sheetFrame(peer, peer.sheet, peer.config.evaluation.samples, 0),
  ),
  wrong('a sheet of another version', 'version 9, leased was 0', (peer) =>
    withWord(sheet(peer), headerField.version, 9),
  ),
  wrong('a sheet of the discriminator', 'discriminator', (peer) =>
    withByte(sheet(peer), headerField.phase, 0),
  ),
  wrong('a sheet in a codec', 'its codec is int8', (peer) => withByte(sheet(peer), headerField.codec, 2)),
  wrong("an update for a sheet's lease", 'a sample sheet was leased', (peer) =>
    updateFrame(peer, { ...peer.lease, lease: peer.sheet.lease }),
  ),
  wrong("a contribution for a sheet's lease", 'a sample sheet was leased', (peer) =>
    contributionFrame(peer, { ...peer.lease, lease: peer.sheet.lease }, 0),
  ),
];

const contribution = (peer: Peer, exchange = 0): Bytes => contributionFrame(peer, peer.lease, exchange);

/** With one of its numbers changed. */
const number =
  (index: (channels: number) => number, value: number) =>
  (peer: Peer): Bytes => {
    const frame = contribution(peer);
    const [{ layer }] = exchangesOf(peer.model, 'discriminator', peer.config.loss);
    floatsAt(frame, headerBytes, (frame.length - headerBytes) / 4)[index(layer.channels)] = value;
    return sealFrame(frame);
  };

export const wrongContributions: readonly Case[] = [
  wrong('a contribution out of turn', 'exchange 1, the next one is 0', (peer) => contribution(peer, 1)),
  wrong('a contribution beyond the last exchange', 'of a step that has', (peer) =>
    withWord(contribution(peer), headerField.count, 0xffffffff),
  ),
  wrong('a contribution that is a number short', 'no contribution', (peer) =>
    withPayload(contribution(peer), contribution(peer).subarray(headerBytes, -4)),
  ),
  wrong('a contribution of a block too many', 'no contribution', (peer) => {
    const [spec] = exchangesOf(peer.model, 'discriminator', peer.config.loss);
    return withPayload(contribution(peer), new Uint8Array(4 * 5 * exchangeLength(spec)));
  }),
  wrong('an empty contribution', 'no contribution', (peer) =>
    withPayload(contribution(peer), new Uint8Array(0)),
  ),
  wrong('a contribution of another version', 'version 3, leased was 0', (peer) =>
    withWord(contribution(peer), headerField.version, 3),
  ),
  wrong('a contribution of the other phase', 'generator phase|no contribution', (peer) =>
    withByte(contribution(peer), headerField.phase, 1),
  ),
  wrong('a contribution in a codec', 'its codec is topk', (peer) =>
    withByte(contribution(peer), headerField.codec, 3),
  ),
  wrong(
    'a contribution with a negative sum of squares',
    'a sum of squares in exchange 0 is -1',
    number((channels) => channels, -1),
  ),
  ...(
    [
      ['NaN', () => 0, NaN],
      ['infinity', (channels: number) => channels, Infinity],
      ['a mean whose square is too large', () => 0, 1e19],
      ['a sum of squares too large to be summed', (channels: number) => channels, 1e38],
    ] as const
  ).map(([what, index, value]): Case => ({
    input: `a contribution with ${what}`,
    error: 'UPDATE_NOT_FINITE',
    says: 'not finite',
    send: number(index, value),
  })),
  wrong('an update before the exchanges are done', 'was still to come', (peer) =>
    updateFrame(peer, peer.lease),
  ),
];
