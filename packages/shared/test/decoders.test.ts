/**
 * Whatever bytes come, a decoder gives a valid result or an error of the registry: nothing else is thrown, nothing is read
 * or written beyond what there is, and no count that a header claims is believed before there are bytes for it.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyNetwork,
  applySnapshot,
  codecNames,
  coordinatorMessage,
  createCodec,
  emptyReplica,
  GantryError,
  headerBytes,
  limits,
  networkFrame,
  newTotal,
  parseConfig,
  parseConfigText,
  parseMessage,
  planModel,
  presenterInput,
  presets,
  readFrame,
  readRecords,
  readSafetensors,
  recordBytes,
  sealFrame,
  setField,
  snapshotFrame,
  statisticsByBlock,
  wireLayouts,
  workerMessage,
  writeSafetensors,
  type Codec,
  type Frame,
  type RunConfig,
} from '@gantry/shared';
import { createScalarCodec } from '../src/codec/create.ts';
import { firstDifference } from './support/numbers.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const runs = { seed: 5, numRuns: 300 } as const;

/** The result, or null for an error of the registry; anything else that is thrown fails the test. */
function decoded<T>(decode: () => T): T | null {
  try {
    return decode();
  } catch (error) {
    if (error instanceof GantryError) return null;
    throw error;
  }
}

const own = (bytes: Uint8Array): Bytes => new Uint8Array(bytes);
const bytes = (maxLength: number): fc.Arbitrary<Bytes> => fc.uint8Array({ maxLength }).map(own);
/** Integers at which something may turn over, and others. */
const word = fc.oneof(
  fc.constantFrom(0, 1, 2, 3, 4, 255, 256, 0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff),
  fc.nat(0xffffffff),
);

/** What is done to right bytes: nothing; or words and bytes replaced, an end cut off or put on. */
const nothing = { words: [], bytes: [], keep: 1, more: new Uint8Array(0) };
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(nothing) },
  {
    weight: 9,
    arbitrary: fc.record({
      words: fc.array(fc.tuple(fc.nat(0xffff), word), { maxLength: 3 }),
      bytes: fc.array(fc.tuple(fc.nat(0xffff), fc.nat(255)), { maxLength: 3 }),
      keep: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
      more: fc.uint8Array({ maxLength: 40 }),
    }),
  },
);
interface Mutation {
  readonly words: readonly (readonly [at: number, value: number])[];
  readonly bytes: readonly (readonly [at: number, value: number])[];
  /** The share of the bytes that stay. */
  readonly keep: number;
  readonly more: Uint8Array;
}

function mutated(right: Uint8Array, { words, bytes: single, keep, more }: Mutation): Bytes {
  const part = right.subarray(0, Math.ceil(keep * right.length));
  const result = new Uint8Array(part.length + more.length);
  result.set(part);
  result.set(more, part.length);
  const view = new DataView(result.buffer);
  for (const [at, value] of words) {
    const places = Math.floor(result.length / 4);
    if (places > 0) view.setUint32(4 * (at % places), value, true);
  }
  for (const [at, value] of single) if (result.length > 0) result[at % result.length] = value;
  return result;
}

/** With its length and checksum made right again. */
function resealed(frame: Bytes): Bytes {
  if (frame.length < headerBytes) return frame;
  new DataView(frame.buffer).setUint32(28, frame.length - headerBytes, true);
  return sealFrame(frame);
}

const config: RunConfig = {
  ...presets['digits-small'],
  model: { ...presets['digits-small'].model, width: 2 },
};
const model = planModel(config);
const place = { incarnation: 1, version: 1 };
const replica = emptyReplica(model);
const rightFrames = [
  snapshotFrame(replica, place),
  networkFrame('delta', 'generator', model.generator, replica.generator, { ...place, lease: 0 }),
  networkFrame('ema', 'generator', model.generator, replica.generator, { ...place, lease: 3 }),
];

/** A frame that is read, or null; where its payload lies. */
function frameOf(data: Bytes): Frame | null {
  const frame = decoded(() => readFrame(data));
  if (frame !== null) expect(frame.payload.length).toBe(data.length - headerBytes);
  return frame;
}

describe('readFrame', () => {
  it('takes any bytes, wherever they lie', () => {
    fc.assert(
      fc.property(bytes(200), fc.nat(3), (data, shift) => {
        const shifted = new Uint8Array(data.length + shift);
        shifted.set(data, shift);
        frameOf(shifted.subarray(shift));
      }),
      runs,
    );
  });

  it('takes right frames with anything changed, sealed or not', () => {
    fc.assert(
      fc.property(fc.constantFrom(...rightFrames), mutation, fc.boolean(), (frame, change, seal) => {
        const data = mutated(frame, change);
        frameOf(seal ? resealed(data) : data);
      }),
      runs,
    );
  });
});

describe('replicas', () => {
  it('take right frames with anything changed, or refuse them', () => {
    let taken = 0;
    fc.assert(
      fc.property(fc.constantFrom(...rightFrames), mutation, (right, change) => {
        const frame = frameOf(resealed(mutated(right, change)));
        if (frame === null) return;
        const target = emptyReplica(model);
        const { phase } = frame.header;
        for (const down of codecNames) {
          const by = createCodec(down, { topkShare: 0.1 });
          decoded(() => applyNetwork(model[phase], target[phase], frame, by));
        }
        if (decoded(() => applySnapshot(target, frame))) taken += 1;
      }),
      runs,
    );
    expect(taken).toBeGreaterThan(0);
  });
});

describe.each(codecNames)('the records of an update in %s', (up) => {
  const layouts = wireLayouts(model, { ...config, codec: { ...config.codec, up, topkShare: 0.1 } });
  const layout = layouts.generator;
  const right = new Uint8Array(2 * recordBytes(layout));
  [0, recordBytes(layout)].forEach((at, block) => {
    new Uint32Array(right.buffer, at, 4).set([block, 1, 8, layout.codec.bytes(layout.gradientLength)]);
  });

  it('are views of the payload, or are refused', () => {
    fc.assert(
      fc.property(fc.oneof(fc.constant(right), bytes(400)), mutation, word, (payload, change, parts) => {
        for (const count of [2, parts]) {
          const data = mutated(payload, change);
          const records = decoded(() => readRecords([layout], data, count, 1));
          if (records === null) continue;
          expect(records).toHaveLength(count);
          let read = 0;
          for (const [record] of records) {
            expect(record.encoded.length).toBe(layout.codec.bytes(layout.gradientLength));
            read += recordBytes(layout, record.blocks);
            // As many as a head can claim without bytes: checked before it is asked for.
            if (record.blocks > 100) continue;
            for (const { statistics } of statisticsByBlock(layout, record)) {
              expect(statistics.length).toBe(layout.statisticsLength);
            }
          }
          expect(read).toBe(data.length);
        }
      }),
      runs,
    );
  });
});

describe.each(codecNames)('the codec %s', (name) => {
  const options = { topkShare: 0.1 };
  const plain = createScalarCodec(name, options);
  const fast = createCodec(name, options);
  /** Room behind, which nothing may write. */
  const guard = 16;

  const total = (length: number, home: boolean): Float32Array<ArrayBuffer> => {
    const all = home ? newTotal(length + guard) : new Float32Array(length + guard);
    return all.fill(1);
  };

  /** What each way of decoding makes of the bytes; what is valid for `largest` is the same to the bit for all. */
  function decodeAll(by: Codec, from: Bytes, length: number): Float32Array[] {
    const out = total(length, false);
    by.decode(from, out.subarray(0, length));
    return [
      out,
      ...[false, true].map((home) => {
        const sum = total(length, home);
        by.addTo(from, sum.subarray(0, length));
        return sum;
      }),
    ];
  }

  it('decodes any bytes of its length within bounds, plainly and with SIMD to the same bits', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0, 1, 2, 3, 7, 255, 256, 257, 4097, 8193),
        fc.infiniteStream(fc.nat(0xffffffff)),
        fc.constantFrom<(word: number, i: number) => number>(
          (each) => each,
          (each) => each % 300,
          (_each, i) => i,
          (each) => 0x3f800000 + (each % 256),
          (each) => 0x7f800000 + (each % 2),
        ),
        (length, stream, shape) => {
          const from = new Uint8Array(plain.bytes(length));
          const words = new Uint32Array(from.buffer);
          const drawn = [...stream.take(16)];
          for (let i = 0; i < words.length; i++) words[i] = shape((drawn[i % 16] * (i + 1)) >>> 0, i);
          const largest = plain.largest(from, length);
          expect(fast.largest(from, length)).toBe(largest);
          const [one, other] = [plain, fast].map((by) => decodeAll(by, from, length));
          one.forEach((values, i) => {
            for (const each of [values, other[i]]) {
              expect(each.subarray(length).every((x) => x === 1)).toBe(true);
            }
            // Bytes that no encoder writes are refused by `largest`; their numbers are nobody's.
            if (Number.isFinite(largest)) expect(firstDifference(values, other[i])).toBe(-1);
          });
          if (Number.isFinite(largest)) {
            const most = one[0].subarray(0, length).reduce((max, x) => Math.max(max, Math.abs(x)), 0);
            expect(most).toBe(largest);
          }
        },
      ),
      { seed: 5, numRuns: 150 },
    );
  });

  it('gives back what it made of any numbers, to what it says of their size', () => {
    fc.assert(
      fc.property(fc.float32Array({ minLength: 1, maxLength: 600, noNaN: true }), (found) => {
        const values = new Float32Array(found);
        const into = new Uint8Array(plain.bytes(values.length));
        plain.encode(values, into, { seed: 1, purpose: 'rounding' });
        const out = new Float32Array(values.length);
        plain.decode(into, out);
        const finite = values.every(Number.isFinite);
        expect(Number.isFinite(plain.largest(into, values.length))).toBe(finite);
        if (name === 'float32') expect(firstDifference(out, values)).toBe(-1);
        if (finite) expect(out.every(Number.isFinite)).toBe(true);
      }),
      runs,
    );
  });
});

describe('parseMessage', () => {
  const json = fc.oneof(
    fc.json({ maxDepth: 5 }),
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc
      .record(
        { type: fc.constantFrom('hello', 'ready', 'lease', 'welcome', 'sheet', 'refused', 'bye') },
        { noNullPrototype: false },
      )
      .chain((base) =>
        fc
          .dictionary(
            fc.constantFrom(
              'lease',
              'version',
              'blocks',
              'config',
              'token',
              '__proto__',
              'url',
              'points',
              'code',
            ),
            fc.jsonValue(),
          )
          .map((rest) => JSON.stringify({ ...rest, ...base })),
      ),
    fc.nat(60_000).map((depth) => '['.repeat(depth)),
    fc.nat(30_000).map((depth) => '['.repeat(depth) + ']'.repeat(depth)),
  );

  it.each([
    ['a worker', workerMessage],
    ['a coordinator', coordinatorMessage],
    ["a presenter's page", presenterInput],
  ] as const)('takes any text from %s, and says what is wrong in few words', (_name, schema) => {
    fc.assert(
      fc.property(json, (text) => {
        try {
          parseMessage<unknown>(schema, text);
        } catch (error) {
          expect(error).toMatchObject({ code: 'MESSAGE_INVALID' });
          // A `refused` carries it, and may be 1,000 characters.
          expect((error as Error).message.length).toBeLessThan(400);
        }
      }),
      runs,
    );
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(() => parseMessage<unknown>(schema, ' '.repeat(limits.controlMessage + 1))).toThrow(/at most/);
  });
});

describe('readSafetensors', () => {
  const right = writeSafetensors(
    new Map([
      ['a', { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
      ['b', { shape: [], data: Float64Array.of(7) }],
    ]),
    { of: 'a test' },
  );
  const withHeader = (header: string): Bytes => {
    const text = new TextEncoder().encode(header);
    const file = new Uint8Array(8 + text.length + 64);
    new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
    file.set(text, 8);
    return file;
  };
  const within = (file: Bytes): void => {
    const found = decoded(() => readSafetensors(file));
    for (const { shape, data } of found?.tensors.values() ?? []) {
      expect(data.length).toBe(shape.reduce((product, d) => product * d, 1));
      expect(data.byteLength).toBeLessThanOrEqual(file.length);
    }
  };

  it('takes any bytes, and right files with anything changed', () => {
    fc.assert(
      fc.property(fc.oneof(fc.constant(right), bytes(200)), mutation, (file, change) =>
        within(mutated(file, change)),
      ),
      runs,
    );
  });

  it('takes any header', () => {
    const entry = fc.record(
      {
        dtype: fc.oneof(fc.constantFrom('F32', 'F64'), fc.jsonValue()),
        shape: fc.oneof(fc.array(fc.oneof(fc.integer(), fc.double())), fc.jsonValue()),
        data_offsets: fc.oneof(fc.tuple(fc.integer(), fc.integer()), fc.constant([0, 4]), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    const header = fc.oneof(
      fc.json(),
      fc
        .dictionary(fc.constantFrom('a', '__metadata__', '__proto__'), fc.oneof(entry, fc.jsonValue()))
        .map((all) => JSON.stringify(all)),
    );
    fc.assert(
      fc.property(header, (text) => within(withHeader(text))),
      { ...runs, numRuns: 2000 },
    );
  });

  it('gives back what was written', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.float32Array({ maxLength: 20 })), (found) => {
        const tensors = new Map(
          Object.entries(found)
            .filter(([name]) => name !== '__metadata__')
            .map(([name, data]) => [name, { shape: [data.length], data: new Float32Array(data) }]),
        );
        expect(readSafetensors(writeSafetensors(tensors, {})).tensors).toEqual(tensors);
      }),
      runs,
    );
  });
});

describe('the parser of configurations', () => {
  const paths = [
    'batch',
    'batch.global',
    'model.width',
    'data',
    'codec.up',
    'strategy.kind',
    'freeze',
    '__proto__',
    'x',
  ];
  it('takes any value, any text and any option, and returns what it would take again', () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc
        .dictionary(fc.constantFrom(...Object.keys(config), '__proto__'), fc.jsonValue())
        .map((change) => ({ ...config, ...change })),
    );
    fc.assert(
      fc.property(value, fc.constantFrom(...paths), fc.string(), (found, path, text) => {
        const parsed = decoded(() => parseConfig(found));
        if (parsed !== null) expect(parseConfig(parsed)).toEqual(parsed);
        decoded(() => parseConfigText(text, 'a test'));
        decoded(() => parseConfigText(JSON.stringify(found), 'a test'));
        decoded(() => parseConfig(setField(config, path, text)));
      }),
      runs,
    );
    expect(parseConfig(config)).toEqual(config);
  });
});
