/** Updates for the step's lease that the peer holds, which has all of the step's blocks. */
import {
  headerBytes,
  recordBytes,
  type CodecName,
  type RecordLayout,
  type UpdateRecord,
} from '@gantry/shared';
import {
  changed,
  contributionFrame,
  headerField,
  headField,
  layoutsOf,
  partsOf,
  sheetFrame,
  updateFrame,
  withPayload,
  withWord,
  type Bytes,
} from '../../support/frames.ts';
import type { Case, Peer } from '../case.ts';

const right = (peer: Peer): Bytes => updateFrame(peer, peer.lease);

const wrong = (input: string, says: string, send: (peer: Peer) => Bytes): Case => ({
  input,
  error: 'UPDATE_INVALID',
  says,
  send,
});
const notFinite = (input: string, send: (peer: Peer) => Bytes): Case => ({
  input,
  error: 'UPDATE_NOT_FINITE',
  says: 'not finite',
  send,
});

const first =
  (offset: number, value: number) =>
  (peer: Peer): Bytes =>
    withWord(right(peer), offset, value);

/** Each block by itself, in this order. */
const blocksAre =
  (...parts: readonly (readonly number[])[]) =>
  (peer: Peer): Bytes =>
    updateFrame(peer, peer.lease, parts);

/** Wrong in any codec and any strategy. */
export const wrongUpdates: readonly Case[] = [
  wrong('an update of another version', 'version 7, leased was 0', first(headerField.version, 7)),
  wrong('an update of the other phase', 'phase', (peer) =>
    updateFrame(peer, { ...peer.lease, phase: 'generator' }),
  ),
  wrong('an update without records', 'are not 0 parts', first(headerField.count, 0)),
  wrong('an update that claims a record more', 'are not', (peer) =>
    changed(right(peer), (view) =>
      view.setUint32(headerField.count, view.getUint32(headerField.count, true) + 1, true),
    ),
  ),
  wrong('an update that claims 4 billion records', 'are not', first(headerField.count, 0xffffffff)),
  wrong('a record that is 4 bytes short', 'are not', (peer) =>
    withPayload(right(peer), right(peer).slice(headerBytes, -4)),
  ),
  wrong('a record with 4 bytes too many', 'are not', (peer) =>
    withPayload(right(peer), new Uint8Array([...right(peer).subarray(headerBytes), 0, 0, 0, 0])),
  ),
  wrong(
    'a record that claims 4 billion bytes of gradient',
    'gradient has 4294967292 bytes',
    first(headField.gradientBytes, 0xfffffffc),
  ),
  wrong('no examples', 'claims 0 examples', first(headField.examples, 0)),
  wrong('more examples than there are', 'claims 4294967295 examples', first(headField.examples, 0xffffffff)),
  wrong('a block beyond the step', 'blocks from 4000000000', first(headField.firstBlock, 4_000_000_000)),
  wrong('a sheet for the lease of a step', 'came for a step|leased for training|no sheet', (peer) =>
    sheetFrame(peer, peer.lease, peer.config.evaluation.samples, 28 * 28 * peer.config.evaluation.samples),
  ),
];

/** Where each block may come with its neighbours (the codec `float32`). */
export const wrongBlocks: readonly Case[] = [
  wrong('a contribution where nothing is exchanged', 'exchange 0 of a step that has 0', (peer) =>
    contributionFrame(peer, peer.lease, 0),
  ),
  wrong('a block too few', 'not those of the blocks that were leased', blocksAre([0, 1], [2])),
  wrong('a block twice', 'more than 4 blocks|not those', blocksAre([0, 1], [0, 1])),
  wrong('overlapping runs of blocks', 'more than 4 blocks', blocksAre([0, 1, 2, 3], [3])),
  wrong('a run of blocks that is no node of the tree', '2 blocks from 1', blocksAre([0], [1, 2], [3])),
  wrong('a run of blocks that is no power of two', '3 blocks from 0', blocksAre([0, 1, 2], [3])),
  wrong('a run of no blocks', '0 blocks from 0', blocksAre([], [0, 1], [2, 3])),
  wrong('a run that claims 4 billion blocks', 'are not', first(headField.blocks, 0xffffffff)),
];

/** Where records stand for one block each (`float16`, `int8`). */
export const unjoinedBlocks: readonly Case[] = [
  wrong('a run of blocks where the codec does not join', '2 blocks from 0', first(headField.blocks, 2)),
  wrong('a record that claims 4 billion blocks', 'more than 4 blocks', first(headField.blocks, 0xffffffff)),
];

/** Writes the gradient of the first record anew. */
const encoded =
  (write: (bytes: Uint8Array<ArrayBuffer>, layout: RecordLayout) => void) =>
  (peer: Peer): Bytes =>
    updateFrame(peer, peer.lease, undefined, ({ encoded: bytes }, layout) => write(bytes, layout));
/** All of it, in the run's codec. */
const gradient = (value: number) =>
  encoded((bytes, { codec, gradientLength }) =>
    codec.encode(new Float32Array(gradientLength).fill(value), bytes, { seed: 1, purpose: 'rounding' }),
  );
const statistic =
  (value: number, at: (layout: RecordLayout, record: UpdateRecord) => number) =>
  (peer: Peer): Bytes =>
    updateFrame(peer, peer.lease, undefined, (record, layout) => {
      record.statistics[at(layout, record)] = value;
    });
const firstMean = ({ metricsLength, saturationLength }: RecordLayout): number =>
  metricsLength + saturationLength;

/** In any codec. */
export const wrongNumbers: readonly Case[] = [
  notFinite('NaN in the gradient', gradient(NaN)),
  notFinite('infinity in the gradient', gradient(Infinity)),
  notFinite('a gradient too large to be summed', gradient(8.6e37)),
  notFinite(
    'NaN in the metrics',
    statistic(NaN, () => 0),
  ),
  notFinite(
    'infinity in the last of the statistics',
    statistic(-Infinity, (_, { statistics }) => statistics.length - 1),
  ),
  notFinite(
    'statistics too large to be summed',
    statistic(8.6e37, () => 1),
  ),
  notFinite('a mean whose square is too large', statistic(1e19, firstMean)),
  wrong(
    'a negative sum of squares',
    'a sum of squares of block 0 is -1',
    statistic(-1, (layout) => firstMean(layout) + layout.batchNorms[0].channels),
  ),
];

const words = (bytes: Bytes): Uint32Array<ArrayBuffer> =>
  new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
const float = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0];
const word = (index: number, bits: number) => encoded((bytes) => void (words(bytes)[index] = bits));

/** What no encoder of that codec writes. */
export const codecsOwn: Readonly<Record<CodecName, readonly Case[]>> = {
  float32: [],
  float16: [
    notFinite('float16: a scale that is NaN', word(0, float(NaN))),
    notFinite('float16: a scale that is no power of two', word(0, float(3))),
    notFinite('float16: a negative scale', word(0, float(-1))),
    notFinite('float16: a half that is infinite', word(1, 0x7c00)),
  ],
  int8: [
    notFinite('int8: a scale that is NaN', word(0, float(NaN))),
    notFinite('int8: a scale that is infinite', word(0, float(Infinity))),
    notFinite('int8: a negative scale', word(0, float(-1))),
  ],
  topk: [
    notFinite(
      'topk: an index out of range',
      encoded(
        (bytes, { gradientLength }) => void (words(bytes)[words(bytes).length / 2 - 1] = gradientLength),
      ),
    ),
    notFinite(
      'topk: the same index twice',
      encoded((bytes) => void (words(bytes)[1] = words(bytes)[0])),
    ),
    notFinite(
      'topk: indices that do not ascend',
      encoded((bytes) => {
        const indices = words(bytes).subarray(0, words(bytes).length / 2);
        indices.set(indices.toReversed());
      }),
    ),
    notFinite(
      'topk: a value that is NaN',
      encoded((bytes) => void (words(bytes)[words(bytes).length - 1] = float(NaN))),
    ),
  ],
};

/** A frame of another codec than the run's, right in itself. */
export const otherCodecs = (own: CodecName): readonly Case[] =>
  (['float32', 'float16', 'int8', 'topk'] as const)
    .filter((name) => name !== own)
    .map((name) =>
      wrong(`an update in ${name} where the run has ${own}`, `its codec is ${name}, not ${own}`, (peer) => {
        const codec = { ...peer.config.codec, up: name };
        return updateFrame({ ...peer, config: { ...peer.config, codec } }, peer.lease);
      }),
    );

/** With the strategy `local`: a part has two records. */
export const wrongRounds: readonly Case[] = [
  wrong('a slot whose two records name different blocks', 'name different blocks', (peer) => {
    const [layout] = layoutsOf(peer, peer.lease);
    const [blocks] = partsOf(peer, peer.lease);
    return withWord(right(peer), headerBytes + recordBytes(layout, blocks.length), 1);
  }),
  wrong('examples of one step where a round has many', 'claims 32 examples', first(headField.examples, 32)),
];
