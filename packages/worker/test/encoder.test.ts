/** From float32 records to those that are sent; and what is left out, fed back. */
import { describe, expect, it } from 'vitest';
import {
  beginRecord,
  createCodec,
  parseConfig,
  planModel,
  plainRecord,
  presets,
  readRecords,
  recordBytes,
  recordLayout,
  wireLayouts,
  type CodecName,
} from '@gantry/shared';
import { PairwiseSum } from '../../coordinator/src/training/pairwise-sum.ts';
import { UpdateEncoder } from '../src/session/encoder.ts';

const phase = 'generator';
const configOf = (up: CodecName) =>
  parseConfig({ ...presets['digits-small'], codec: { up, down: 'float32', topkShare: 0.01 } });
const model = planModel(configOf('float32'));
const layout = recordLayout(model, phase);
const length = layout.gradientLength;
const numbers = (seed: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(seed + i * 12.9898) * (i % 97 === seed % 97 ? 9 : 1));

/** Encodes records with these gradients, each of a block. */
function encode(encoder: UpdateEncoder, up: CodecName, gradients: readonly Float32Array[], lease = 1) {
  const parts = gradients.map((_, i) => [i]);
  const payload = new Uint8Array(encoder.bytes(phase, encoder.joined(parts)));
  const plain = encoder.plain(phase, parts, payload);
  gradients.forEach((gradient, i) => {
    const head = { firstBlock: i, blocks: 1, examples: 8 };
    const record = plainRecord(beginRecord(layout, plain, i * recordBytes(layout), head));
    record.gradient.set(gradient);
    record.statistics.fill(i + 0.5);
  });
  encoder.encode(plain, payload, { lease, phase, step: 3 }, parts);
  const wire = wireLayouts(model, configOf(up))[phase];
  return readRecords([wire], payload, encoder.joined(parts).length, lease).map(([record]) => {
    const decoded = new Float32Array(length);
    wire.codec.decode(record.encoded, decoded);
    return { ...record, decoded };
  });
}

describe('an update', () => {
  it('is written where it is sent from in float32, and is not copied', () => {
    const encoder = new UpdateEncoder(model, configOf('float32'));
    const parts = [[1], [2]]; // neighbours, but of different pairs
    expect(encoder.joined(parts)).toEqual(parts);
    const payload = new Uint8Array(encoder.bytes(phase, parts));
    expect(encoder.plain(phase, parts, payload)).toBe(payload);
    expect(encode(encoder, 'float32', [numbers(1)])[0].decoded).toEqual(numbers(1));
  });

  it('has the sum of neighbours as the coordinator makes it, to the bit, and the statistics of each', () => {
    const gradients = [1, 2, 3, 4, 5, 6, 7].map(numbers);
    const encoder = new UpdateEncoder(model, configOf('float32'));
    const found = encode(encoder, 'float32', gradients);
    expect(found.map(({ firstBlock, blocks, examples }) => [firstBlock, blocks, examples])).toEqual([[0, 4, 32], [4, 2, 16], [6, 1, 8]]); // prettier-ignore
    const size = layout.statisticsLength;
    expect(found[0].statistics).toHaveLength(4 * size);
    expect([...found[0].statistics].filter((_, i) => i % size === 0)).toEqual([0.5, 1.5, 2.5, 3.5]);
    expect([...found[1].statistics].filter((_, i) => i % size === 0)).toEqual([4.5, 5.5]);
    const codec = createCodec('float32', { topkShare: 1 });
    const summed = (add: (sum: PairwiseSum) => void): Float32Array => {
      const sum = new PairwiseSum(codec, length, gradients.length);
      add(sum);
      return sum.total();
    };
    const bytes = (values: Float32Array) => new Uint8Array(Float32Array.from(values).buffer);
    const each = summed((sum) => gradients.forEach((gradient, block) => sum.add(block, bytes(gradient))));
    const joined = summed((sum) =>
      found.forEach(({ firstBlock, blocks, encoded }) => sum.add(firstBlock, encoded, blocks)),
    );
    expect(joined).toEqual(each);
  });

  it.each(['float16', 'int8'] as const)('has its blocks, examples and statistics unchanged in %s', (up) => {
    const encoder = new UpdateEncoder(model, configOf(up));
    const gradients = [numbers(1), numbers(2)];
    const found = encode(encoder, up, gradients);
    found.forEach(({ firstBlock, blocks, examples, statistics, decoded }, i) => {
      expect([firstBlock, blocks, examples]).toEqual([i, 1, 8]);
      expect(statistics.every((value) => value === i + 0.5)).toBe(true);
      const worst = Math.max(...decoded.map((value, at) => Math.abs(value - gradients[i][at])));
      expect(worst).toBeLessThan(up === 'int8' ? 9 / 127 : 0.005);
      expect(worst).toBeGreaterThan(0);
    });
    // Whoever computes it again rounds the same way, after whatever else.
    expect(encode(new UpdateEncoder(model, configOf(up)), up, gradients)).toEqual(found);
    // Each block has random numbers of its own.
    if (up === 'int8') {
      const [a, b] = encode(encoder, up, [numbers(1), numbers(1)]);
      expect(a.decoded).not.toEqual(b.decoded);
    }
  });
});

describe('what a sparse update leaves out', () => {
  const up = 'topk';

  it('comes with the next one, once the lease was accepted', () => {
    const encoder = new UpdateEncoder(model, configOf(up));
    const first = numbers(1);
    const [{ decoded }] = encode(encoder, up, [first], 7);
    const kept = createCodec(up, { topkShare: 0.01 }).bytes(length) / 8;
    expect(decoded.filter((value) => value !== 0)).toHaveLength(kept);
    const zero = new Float32Array(length);

    // Not accepted: as if it had never been.
    expect(encode(encoder, up, [zero], 8)[0].decoded).toEqual(zero);
    encoder.feedback?.accept(7); // lease 8 was encoded since
    expect(encode(encoder, up, [zero], 9)[0].decoded).toEqual(zero);

    encode(encoder, up, [first], 10);
    encoder.feedback?.accept(10);
    const [rest] = encode(encoder, up, [zero], 11);
    const left = first.map((value, i) => value - decoded[i]);
    const largest = [...left].sort((a, b) => Math.abs(b) - Math.abs(a)).slice(0, kept);
    expect([...rest.decoded].filter((value) => value !== 0).sort((a, b) => Math.abs(b) - Math.abs(a))).toEqual(largest); // prettier-ignore
  });

  it('adds up, over many leases, to what there was', () => {
    const encoder = new UpdateEncoder(model, configOf(up));
    const sent = new Float64Array(length);
    const gradient = numbers(5);
    const leases = 400;
    for (let lease = 1; lease <= leases; lease++) {
      const [{ decoded }] = encode(encoder, up, [gradient], lease);
      encoder.feedback?.accept(lease);
      decoded.forEach((value, i) => (sent[i] += value));
    }
    // What is still left out of each number is bounded, whatever the number of leases.
    const mean = sent.map((sum) => sum / leases);
    const error = Math.hypot(...mean.map((value, i) => value - gradient[i])) / Math.hypot(...gradient);
    expect(error).toBeLessThan(0.25);
  });
});
