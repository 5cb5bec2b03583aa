import { describe, expect, it } from 'vitest';
import {
  hasWholeRecords,
  planModel,
  presetConfig,
  recordLayout,
  wireLayouts,
  type Frame,
  type FrameHeader,
  type RunConfig,
  type UpdateRecord,
} from '@gantry/shared';
import { checkCodec, checkEvaluation, checkRecords, checkUnused } from '../src/run/check.ts';

const digits = presetConfig('digits-small'); // 4 blocks of one microbatch of 8
const local: RunConfig = { ...digits, batchNorm: { ...digits.batchNorm, statistics: 'local' } };
const int8: RunConfig = { ...digits, codec: { ...digits.codec, up: 'int8' } };
const ring = presetConfig('ring');

const bytesOf = (...numbers: number[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Float32Array.from(numbers).buffer);

/** Checks records that stand alone in their parts. */
function check(records: readonly UpdateRecord[], lease: number, config: RunConfig): void {
  const layout = {
    ...wireLayouts(planModel(config), config).discriminator,
    gradientLength: records[0].encoded.length / 4,
    saturationLength: 0,
    batchNorms: [],
  };
  checkRecords(
    records.map((each) => [each]),
    lease,
    {
      layouts: [layout],
      examples: [8],
      units: 4,
      whole: hasWholeRecords(config),
    },
  );
}

const record = (change: Partial<UpdateRecord> = {}): UpdateRecord => ({
  firstBlock: 1,
  blocks: 1,
  examples: 8,
  encoded: bytesOf(1, -2, 3e37),
  statistics: Float32Array.of(0),
  ...change,
});

describe('the records of an update', () => {
  it('pass when they fit', () => {
    check([record(), record({ firstBlock: 3, encoded: bytesOf(3e37, 3e37, -3e37) })], 1, digits);
    check([record({ blocks: 3, examples: 24 })], 1, local);
    check([record({ firstBlock: 2, blocks: 2, examples: 16 })], 1, digits);
  });

  it.each<[string, Partial<UpdateRecord>, RunConfig, string, number?]>([
    ['a block that is not there', { firstBlock: 4 }, digits, 'UPDATE_INVALID'],
    ['no block', { blocks: 0, examples: 0 }, digits, 'UPDATE_INVALID'],
    ['neighbours that are no pair', { blocks: 2, examples: 16 }, digits, 'UPDATE_INVALID'],
    ['a run that is no power of two', { firstBlock: 0, blocks: 3, examples: 24 }, digits, 'UPDATE_INVALID'],
    [
      'several blocks where each has a record',
      { firstBlock: 0, blocks: 2, examples: 16 },
      int8,
      'UPDATE_INVALID',
    ],
    ['more blocks than there are', { blocks: 4, examples: 32 }, local, 'UPDATE_INVALID'],
    ['blocks without end', { blocks: 2 ** 32 - 1 }, local, 'UPDATE_INVALID'],
    ['a wrong count', { examples: 9 }, digits, 'UPDATE_INVALID'],
    ['NaN', { encoded: bytesOf(1, NaN) }, digits, 'UPDATE_NOT_FINITE'],
    ['infinities that cancel', { encoded: bytesOf(Infinity, -Infinity) }, digits, 'UPDATE_NOT_FINITE'],
    ['what would overflow in the sum of all blocks', { encoded: bytesOf(1e38) }, digits, 'UPDATE_NOT_FINITE'],
    ['an infinite statistic', { statistics: Float32Array.of(-Infinity) }, digits, 'UPDATE_NOT_FINITE'],
    ['all blocks twice in one frame', { firstBlock: 0, blocks: 4, examples: 32 }, local, 'UPDATE_INVALID', 2],
  ])('are refused with %s', (_name, change, config, code, times = 1) => {
    const records = Array.from({ length: times }, () => record(change));
    expect(() => check(records, 7, config)).toThrow(expect.objectContaining({ code }) as Error);
  });
});

describe('the moments of an update', () => {
  const layout = recordLayout(planModel(digits), 'generator');
  const [{ channels, positions }] = layout.batchNorms;
  const first = layout.metricsLength + layout.saturationLength;
  const expected = { layouts: [layout], examples: [8], units: 4, whole: false };
  const checkWith = (index: number, value: number): void => {
    const statistics = new Float32Array(layout.statisticsLength);
    statistics[index] = value;
    const encoded = new Uint8Array(layout.codec.bytes(layout.gradientLength));
    checkRecords([[record({ encoded, statistics })]], 7, expected);
  };
  /** Of all examples of a step at all positions: the mean whose squares add up to half of what float32 can hold. */
  const most = Math.sqrt(3.4e38 / 2 / (4 * 8 * positions));

  it('pass up to means whose squares add up', () => {
    checkWith(first, 0.99 * most);
    checkWith(first + channels - 1, -0.99 * most);
    checkWith(first + channels, 1e37);
  });

  it.each([
    ['a mean whose squares do not add up', first, 1.01 * most, 'UPDATE_NOT_FINITE'],
    ['such a mean below zero', first + channels - 1, -1.01 * most, 'UPDATE_NOT_FINITE'],
    ['a negative sum of squares', first + channels, -1e-30, 'UPDATE_INVALID'],
    ['one in the last channel of the last layer', layout.statisticsLength - 1, -1, 'UPDATE_INVALID'],
  ])('are refused with %s', (_name, index, value, code) => {
    expect(() => checkWith(index, value)).toThrow(expect.objectContaining({ code }) as Error);
  });
});

describe('the header of a frame', () => {
  const header: FrameHeader = {
    kind: 'update', codec: 'float32', incarnation: 1, lease: 1, version: 0, phase: 'generator',
    count: 1, replica: 0, base: 0, took: 5,
  }; // prettier-ignore

  it('may tell how long an update took, and nothing else that workers have no use for', () => {
    checkUnused(header);
    for (const change of [{ replica: 1 }, { base: 1 }, { kind: 'evaluation' }] as const) {
      expect(() => checkUnused({ ...header, ...change })).toThrow(/tensor frame's (replica|base|took) is/);
    }
  });

  it('names the codec that was wanted', () => {
    checkCodec(header, 'float32');
    expect(() => checkCodec(header, 'int8')).toThrow('its codec is float32, not int8');
  });
});

describe('a sample sheet', () => {
  const sheet = (bytes: number, count: number, fill = 0): Frame => {
    const payload = new Uint8Array(bytes);
    if (fill !== 0) new Float32Array(payload.buffer).fill(fill);
    return { header: { count, lease: 3, version: 5, phase: 'generator' } as FrameHeader, payload };
  };

  const wanted = (samples: number) => ({ samples, what: 'sheet' }) as const;
  /** Points, 500 real ones, 48² scores, 16² knots, 200 gradients. */
  const planeBytes = 4 * (2 * 2500 + 2 * 500 + 48 ** 2 + 2 * 16 ** 2 + 2 * 200);

  it('passes when it fits: images, or all of a plane', () => {
    checkEvaluation(sheet(64 * 784, 64), 5, wanted(64), digits);
    checkEvaluation(sheet(planeBytes, 2500, 0.5), 5, wanted(2500), ring);
  });

  it('passes as a picture when it is as many examples as were asked for', () => {
    checkEvaluation(sheet(9 * 784, 9), 5, { samples: 9, what: 'picture' }, digits);
    checkEvaluation(sheet(9 * 8, 9), 5, { samples: 9, what: 'picture' }, ring);
    const short = () => checkEvaluation(sheet(8 * 8, 8), 5, { samples: 9, what: 'picture' }, ring);
    expect(short).toThrow('64 bytes are no picture of 9 examples');
  });

  const of = (frame: Frame, change: Partial<FrameHeader>): Frame => ({
    ...frame,
    header: { ...frame.header, ...change },
  });

  it.each<[string, Frame, RunConfig, string]>([
    ['of another version', of(sheet(64 * 784, 64), { version: 4 }), digits, 'UPDATE_INVALID'],
    ['of the other network', of(sheet(64 * 784, 64), { phase: 'discriminator' }), digits, 'UPDATE_INVALID'],
    ['of another count', sheet(63 * 784, 63), digits, 'UPDATE_INVALID'],
    ['too short', sheet(64 * 784 - 1, 64), digits, 'UPDATE_INVALID'],
    ['too long', sheet(64 * 784 + 1, 64), digits, 'UPDATE_INVALID'],
    ['of too few points', sheet(planeBytes - 8, 2500), ring, 'UPDATE_INVALID'],
    ['of points alone', sheet(2500 * 8, 2500), ring, 'UPDATE_INVALID'],
    ['with half a point', sheet(planeBytes + 4, 2500), ring, 'UPDATE_INVALID'],
    ['with numbers that are none', sheet(planeBytes, 2500, NaN), ring, 'UPDATE_NOT_FINITE'],
  ])('is refused %s', (_name, frame, config, code) => {
    expect(() => checkEvaluation(frame, 5, wanted(config.evaluation.samples), config)).toThrow(
      expect.objectContaining({ code }) as Error,
    );
  });
});
