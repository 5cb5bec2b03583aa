import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCodec, type CodecName } from '@gantry/shared';
import { PairwiseSum } from '../src/training/pairwise-sum.ts';

const length = 300;
const numbers = (block: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(block * 7.1 + i) * 10 ** ((block + i) % 7));

const encoded = (codec: CodecName, blocks: number): Uint8Array<ArrayBuffer>[] => {
  const by = createCodec(codec, { topkShare: 0.1 });
  return Array.from({ length: blocks }, (_, block) => {
    const bytes = new Uint8Array(by.bytes(length));
    by.encode(numbers(block), bytes, { seed: 1, purpose: 'rounding', example: block });
    return bytes;
  });
};

/** The tree, written down again: halves of ever longer runs, the left one as long as a power of two. */
function tree(vectors: readonly Float32Array[]): Float32Array {
  if (vectors.length === 1) return vectors[0];
  const half = 2 ** Math.ceil(Math.log2(vectors.length) - 1);
  const [left, right] = [tree(vectors.slice(0, half)), tree(vectors.slice(half))];
  return left.map((value, i) => Math.fround(value + right[i]));
}

const sum = (codec: CodecName, parts: readonly Uint8Array<ArrayBuffer>[], order: readonly number[], into?: PairwiseSum): Float32Array => {
  const pairwise = into ?? new PairwiseSum(createCodec(codec, { topkShare: 0.1 }), length, parts.length);
  pairwise.begin();
  for (const block of order) pairwise.add(block, parts[block]);
  return pairwise.total().slice();
}; // prettier-ignore

describe('a pairwise sum', () => {
  it.each(['float32', 'float16', 'int8', 'topk'] as const)(
    'is that of the tree, to the bit, in whatever order blocks come (%s)',
    (codec) => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 21 }).chain((blocks) =>
            fc.record({
              blocks: fc.constant(blocks),
              order: fc.shuffledSubarray(
                Array.from({ length: blocks }, (_, i) => i),
                { minLength: blocks },
              ),
            }),
          ),
          ({ blocks, order }) => {
            const parts = encoded(codec, blocks);
            const by = createCodec(codec, { topkShare: 0.1 });
            const decoded = parts.map((bytes) => {
              const out = new Float32Array(length);
              by.decode(bytes, out);
              return out;
            });
            expect(sum(codec, parts, order)).toEqual(tree(decoded));
          },
        ),
        { seed: 4, numRuns: 60 },
      );
    },
  );

  it('takes what runs of blocks come to', () => {
    const parts = encoded('float32', 24);
    const each = sum(
      'float32',
      parts,
      Array.from({ length: 24 }, (_, i) => i),
    );
    const pairwise = new PairwiseSum(createCodec('float32', { topkShare: 1 }), length, 24);
    const run = (first: number, count: number): Uint8Array<ArrayBuffer> =>
      new Uint8Array(
        new Float32Array(tree(Array.from({ length: count }, (_, i) => numbers(first + i)))).buffer,
      );
    for (let step = 0; step < 2; step++) {
      pairwise.begin();
      pairwise.add(16, run(16, 8), 8);
      pairwise.add(0, run(0, 16), 16);
      expect(pairwise.total()).toEqual(each);
    }
    pairwise.begin();
    for (const [first, count] of [
      [20, 4],
      [1, 1],
      [8, 8],
      [18, 2],
      [2, 2],
      [0, 1],
      [4, 4],
      [16, 2],
    ]) {
      pairwise.add(first, run(first, count), count);
    }
    expect(pairwise.total()).toEqual(each);
  });

  it('forgets what came before, in mid-step too, and uses its vectors again', () => {
    const parts = encoded('float32', 6);
    const pairwise = new PairwiseSum(createCodec('float32', { topkShare: 1 }), length, 6);
    const order = [5, 0, 3, 1, 2, 4];
    const expected = sum('float32', parts, order, pairwise);
    for (const block of [1, 0, 4]) pairwise.add(block, parts[block]);
    for (const seen of [order, order.toReversed()]) {
      expect(sum('float32', parts, seen, pairwise)).toEqual(expected);
    }
    const { buffer } = pairwise.total();
    sum('float32', parts, order, pairwise);
    sum('float32', parts, order, pairwise);
    // Three at a time are enough for this order.
    const buffers = new Set([buffer]);
    for (let step = 0; step < 5; step++) {
      sum('float32', parts, order, pairwise);
      buffers.add(pairwise.total().buffer);
    }
    expect(buffers.size).toBeLessThanOrEqual(3);
  });
});
