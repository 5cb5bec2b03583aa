import { describe, expect, it } from 'vitest';
import {
  alignedRuns,
  applyNetwork,
  applySnapshot,
  beginRecord,
  coordinatorMessage,
  emptyReplica,
  GantryError,
  headerBytes,
  isAlignedRun,
  networkFrame,
  newFrame,
  parseMessage,
  planModel,
  presetConfig,
  readFrame,
  plainRecord,
  readPlainRecords,
  readRecords,
  recordBytes,
  recordLayout,
  sealFrame,
  snapshotFrame,
  statisticsByBlock,
  workerMessage,
  type FrameHeader,
} from '@gantry/shared';

const header: FrameHeader = {
  kind: 'update',
  codec: 'float32',
  incarnation: 0xfedcba98,
  lease: 7,
  version: 42,
  phase: 'generator',
  count: 2,
  replica: 0xffffffff,
  base: 41,
  took: 12_345,
};

function sealed(): Uint8Array<ArrayBuffer> {
  const frame = newFrame(header, 8);
  new Float32Array(frame.buffer, headerBytes).set([1.5, -2.5]);
  return sealFrame(frame);
}

const model = planModel(presetConfig('digits-small'));

describe('a tensor frame', () => {
  it('comes out as it went in, wherever the transport puts it', () => {
    for (let shift = 0; shift < 4; shift++) {
      const received = new Uint8Array(64 + shift);
      const frame = sealed();
      received.set(frame, shift);
      const { header: found, payload } = readFrame(received.subarray(shift, shift + frame.length));
      expect(found).toEqual(header);
      expect([...new Float32Array(payload.buffer, payload.byteOffset, 2)]).toEqual([1.5, -2.5]);
    }
  });

  it('has the layout of PROTOCOL.md', () => {
    const bytes = [...sealed()].map((byte) => byte.toString(16).padStart(2, '0'));
    expect(bytes.slice(0, 36).join(' ')).toBe(
      '47 4e 54 52 01 00 10 00 98 ba dc fe 07 00 00 00 2a 00 00 00 01 00 00 00 02 00 00 00 08 00 00 00 29 00 00 00',
    );
    expect(bytes.slice(40, 48).join(' ')).toBe('ff ff ff ff 39 30 00 00');
  });

  it('is refused with any bit of it turned', () => {
    const frame = sealed();
    for (let at = 0; at < frame.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const damaged = frame.slice();
        damaged[at] ^= 1 << bit;
        expect(() => readFrame(damaged), `byte ${at}, bit ${bit}`).toThrow(GantryError);
      }
    }
  });

  it('is refused when it is cut short or too long', () => {
    const frame = sealed();
    for (let length = 0; length < frame.length; length++) {
      expect(() => readFrame(frame.slice(0, length))).toThrow(/tensor frame's (length|payload length)/);
    }
    const longer = new Uint8Array(frame.length + 1);
    longer.set(frame);
    expect(() => readFrame(longer)).toThrow(/payload length/);
  });
});

describe('the records of an update', () => {
  const layout = recordLayout(model, 'discriminator');

  it('come out as they went in', () => {
    const payload = new Uint8Array(2 * recordBytes(layout));
    [0, 1].forEach((index) => {
      const head = { firstBlock: 3 * index, blocks: 1, examples: 8 };
      const record = plainRecord(beginRecord(layout, payload, index * recordBytes(layout), head));
      record.gradient.forEach((_, i) => (record.gradient[i] = index + i));
      record.statistics.fill(-index);
    });
    const records = readPlainRecords(layout, payload, 2);
    expect(records.map(({ firstBlock, blocks, examples }) => [firstBlock, blocks, examples])).toEqual([[0, 1, 8], [3, 1, 8]]); // prettier-ignore
    expect(records[1].gradient[5]).toBe(6);
    expect(records[1].statistics.every((x) => x === -1)).toBe(true);
    expect(records[0].statistics).toHaveLength(4 + 2 + 2 * model.discriminator.runningLength);
  });

  it('may hold neighbours that are a node of the tree, with the statistics of each', () => {
    const joining = recordLayout(model, 'discriminator', undefined, true);
    const heads = alignedRuns([1, 2, 3, 4, 5, 6, 7, 8, 10, 11]).map((run) => [run[0], run.length]);
    expect(heads).toEqual([[1, 1], [2, 2], [4, 4], [8, 1], [10, 2]]); // prettier-ignore
    for (const [first, blocks] of heads) expect(isAlignedRun(first, blocks)).toBe(true);
    for (const [first, blocks] of [[1, 2], [2, 4], [0, 3], [0, 0]]) expect(isAlignedRun(first, blocks)).toBe(false); // prettier-ignore
    const payload = new Uint8Array(recordBytes(joining, 4) + recordBytes(joining));
    beginRecord(joining, payload, 0, { firstBlock: 4, blocks: 4, examples: 32 }).statistics.forEach((_, i, all) => (all[i] = i)); // prettier-ignore
    beginRecord(joining, payload, recordBytes(joining, 4), { firstBlock: 8, blocks: 1, examples: 8 });
    const [[four], [one]] = readRecords([joining], payload, 2, 1);
    expect([four.blocks, one.blocks, one.firstBlock]).toEqual([4, 1, 8]);
    const size = joining.statisticsLength;
    const each = [...statisticsByBlock(joining, four)];
    expect(each.map(({ firstBlock, blocks, examples }) => [firstBlock, blocks, examples])).toEqual([[4, 1, 8], [5, 1, 8], [6, 1, 8], [7, 1, 8]]); // prettier-ignore
    expect(each.map(({ statistics }) => statistics[0])).toEqual([0, size, 2 * size, 3 * size]);
    // A head that claims more than there is.
    for (const blocks of [5, 2, 0xffffffff]) {
      const lying = payload.slice();
      new DataView(lying.buffer).setUint32(4, blocks, true);
      expect(() => readRecords([joining], lying, 2, 1), String(blocks)).toThrow(GantryError);
    }
    expect(() => readRecords([joining], payload, 1, 1)).toThrow(GantryError);
    expect(() => readRecords([joining], payload, 3, 1)).toThrow(GantryError);
  });

  it('are refused where they do not fit the model', () => {
    const payload = new Uint8Array(recordBytes(layout));
    expect(() => readRecords([layout], payload, 2, 9)).toThrow(
      /lease 9 was refused: .* bytes are not 2 parts of/,
    );
    expect(() => readRecords([layout], payload, 1, 9)).toThrow(/a gradient has 0 bytes/);
    expect(() => readRecords([layout], payload.subarray(4), 1, 9)).toThrow(GantryError);
  });
});

describe('replicas', () => {
  const filled = (value: number) => {
    const replica = emptyReplica(model);
    for (const state of Object.values(replica)) {
      state.parameters.forEach((_, i) => (state.parameters[i] = value * i));
      state.running.fill(value);
    }
    return replica;
  };

  it('are equal after a snapshot, and after a delta', () => {
    const theirs = filled(3);
    const ours = emptyReplica(model);
    expect(applySnapshot(ours, readFrame(snapshotFrame(theirs, { incarnation: 1, version: 5 })))).toBe(true);
    expect(ours).toEqual(theirs);
    theirs.generator.parameters[0] = 99;
    const delta = networkFrame('delta', 'generator', model.generator, theirs.generator, {
      incarnation: 1,
      version: 6,
      lease: 0,
    });
    expect(applyNetwork(model.generator, ours.generator, readFrame(delta))).toBe(true);
    expect(ours).toEqual(theirs);
  });

  it('notice a network of the wrong one', () => {
    const delta = networkFrame('delta', 'discriminator', model.discriminator, filled(1).discriminator, {
      incarnation: 1,
      version: 6,
      lease: 0,
    });
    expect(() => applyNetwork(model.generator, emptyReplica(model).generator, readFrame(delta))).toThrow(
      /payload length/,
    );
  });

  it('take only what moves with a delta, everything with a snapshot and a moving average', () => {
    const frozen = planModel({
      ...presetConfig('digits-small'),
      freeze: ['generator/dense', 'generator/bn0'],
    });
    const plan = frozen.generator;
    const bytes = (parameters: number, running: number): number => 4 * (parameters + running);
    const [first] = plan.parameters;
    expect(first).toMatchObject({ name: 'dense/kernel', trainable: false, offset: plan.trainableCount });
    const theirs = filled(3);
    const ours = filled(3);
    theirs.generator.parameters.fill(7, 0, plan.trainableCount);
    theirs.generator.running.fill(7, 0, plan.runningLength - 2 * 16);
    const place = { incarnation: 1, version: 6, lease: 0 };
    const delta = networkFrame('delta', 'generator', plan, theirs.generator, place);
    expect(delta.length - headerBytes).toBe(bytes(plan.trainableCount, plan.runningLength - 2 * 16));
    expect(applyNetwork(plan, ours.generator, readFrame(delta))).toBe(true);
    expect(ours).toEqual(theirs);
    const average = networkFrame('ema', 'generator', plan, theirs.generator, place);
    expect(average.length - headerBytes).toBe(bytes(plan.parameterCount, plan.runningLength));
    const empty = emptyReplica(frozen);
    expect(applyNetwork(plan, empty.generator, readFrame(average))).toBe(true);
    expect(empty.generator).toEqual(theirs.generator);
    // Replicas that differ in what is frozen are not equal, whatever moves.
    expect(applyNetwork(plan, emptyReplica(frozen).generator, readFrame(delta))).toBe(false);
  });
});

describe('control messages', () => {
  it('are taken when they fit', () => {
    const hello = { type: 'hello', protocol: 1, kind: 'tab', joinCode: 'W42M' } as const;
    expect(parseMessage(workerMessage, JSON.stringify(hello))).toEqual(hello);
    const lease = {
      type: 'lease',
      lease: 1,
      version: 0,
      phase: 'generator',
      step: 0,
      blocks: [0, 1],
    } as const;
    expect(parseMessage(coordinatorMessage, JSON.stringify(lease))).toEqual(lease);
  });

  it.each([
    ['not JSON', '{'],
    ['of no known type', '{"type":"help"}'],
    ['without a type', '{}'],
    ['of an array', '[]'],
    ['with a field too many', '{"type":"bye","now":true}'],
    ['with a lease that is no uint32', '{"type":"give-back","lease":-1,"reason":""}'],
    [
      'with a name too long',
      JSON.stringify({ type: 'hello', protocol: 1, kind: 'tab', name: 'x'.repeat(41) }),
    ],
    ['too long', JSON.stringify({ type: 'bye', x: 'x'.repeat(70_000) })],
  ])('%s are refused', (_name, text) => {
    expect(() => parseMessage(workerMessage, text)).toThrow(/does not fit the protocol/);
  });
});
