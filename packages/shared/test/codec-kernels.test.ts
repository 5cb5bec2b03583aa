/** The SIMD kernels against plain TypeScript: equal to the bit, or replicas part. */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import xxhash from 'xxhash-wasm';
import { describe, expect, it } from 'vitest';
import { checksum32, codecNames, createCodec, newTotal, randomWords, type Address } from '@gantry/shared';
import { compileKernels, kernelsFiles } from '../../../scripts/kernels.ts';
import { createScalarCodec } from '../src/codec/create.ts';
import { homeOf, sharedWorkspace } from '../src/codec/kernels.ts';
import { firstDifference, kinds, numbers, uniforms } from './support/numbers.ts';

const runs = { numRuns: 40, seed: 20261124 };
const word = fc.integer({ min: 0, max: 0xffffffff });
const addresses: fc.Arbitrary<Address> = fc.record({
  seed: word,
  purpose: fc.constant('rounding' as const),
  phase: fc.integer({ min: 0, max: 1 }),
  step: word,
  example: word,
  layer: fc.integer({ min: 0, max: 0xffff }),
  pass: word,
});
const lengths = fc.oneof(
  fc.integer({ min: 0, max: 5000 }),
  fc.constantFrom(8191, 8192, 8193, 16_384, 20_000), // about a window's length
);

it('are there, where the tests run', () => {
  expect(sharedWorkspace).not.toBeNull();
});

describe.each(codecNames)('the kernels of %s', (name) => {
  // More than a hundredth, so that topk is busy.
  const simd = createCodec(name, { topkShare: 0.07 });
  const scalar = createScalarCodec(name, { topkShare: 0.07 });
  const total = newTotal(20_000);

  it('encode to the same bytes', () => {
    fc.assert(
      fc.property(
        lengths,
        fc.constantFrom(...kinds),
        addresses,
        fc.boolean(),
        (length, kind, address, wrong) => {
          const values = numbers(kind, length, address.seed);
          if (wrong && length > 0) values[address.seed % length] = [NaN, Infinity, -Infinity][length % 3];
          const bytes = new Uint8Array(simd.bytes(length)).fill(1);
          const expected = new Uint8Array(scalar.bytes(length)).fill(2);
          simd.encode(values, bytes, address);
          scalar.encode(values, expected, address);
          expect(Buffer.compare(bytes, expected)).toBe(0);
        },
      ),
      runs,
    );
  });

  it.each(['what was encoded', 'what was damaged', 'garbage'] as const)(
    'decode, add, subtract and measure %s alike',
    (what) => {
      fc.assert(
        fc.property(lengths, fc.constantFrom(...kinds), addresses, (length, kind, address) => {
          const bytes = new Uint8Array(simd.bytes(length));
          const next = uniforms(address.seed);
          if (what !== 'garbage') scalar.encode(numbers(kind, length, address.seed), bytes, address);
          const share = { 'what was encoded': 0, 'what was damaged': 0.03, garbage: 1 }[what];
          if (share > 0) bytes.forEach((byte, i) => (bytes[i] = next() < share ? 256 * next() : byte));
          const start = numbers('near', length, 1);
          const home = total.subarray(0, length);
          for (const operation of ['decode', 'addTo', 'subtractFrom'] as const) {
            const expected = start.slice();
            const ordinary = start.slice();
            home.set(start);
            scalar[operation](bytes, expected);
            simd[operation](bytes, ordinary);
            simd[operation](bytes, home);
            expect(firstDifference(ordinary, expected), operation).toBe(-1);
            expect(firstDifference(home, expected), `${operation}, at home`).toBe(-1);
          }
          expect(simd.largest(bytes, length)).toBe(scalar.largest(bytes, length));
        }),
        runs,
      );
    },
  );
});

it('round by the 16-bit halves of the words at an address, in order', () => {
  const address: Address = { seed: 3, purpose: 'rounding', phase: 1, step: 4, example: 5, layer: 6, pass: 7 };
  const length = 2000;
  const chances = new Uint16Array(randomWords(address, new Uint32Array(length / 2)).buffer);
  const int8 = createCodec('int8', { topkShare: 1 });
  // Scales are 1, and what lies a quarter above a code is rounded up by a quarter of the chances.
  const values = new Float32Array(length).fill(10.25);
  for (let i = 0; i < length; i += 256) values[i] = 127;
  const bytes = new Uint8Array(int8.bytes(length));
  int8.encode(values, bytes, address);
  const out = new Float32Array(length);
  int8.decode(bytes, out);
  const expected = values.map((x, i) => (x === 127 ? 127 : chances[i] >= 0xc000 ? 11 : 10));
  expect(firstDifference(out, expected)).toBe(-1);
});

describe('a new total', () => {
  it('is zeros in a memory of its own, at home in the kernels', () => {
    const total = newTotal(1000);
    expect(total).toHaveLength(1000);
    expect(total.every((x) => x === 0)).toBe(true);
    expect(homeOf(total)?.buffer).toBe(total.buffer);
    expect(homeOf(new Float32Array(1))).toBeUndefined();
    expect(newTotal(1000).buffer).not.toBe(total.buffer);
    expect(newTotal(0)).toHaveLength(0);
  });

  it('stays valid while others are made and large payloads pass', () => {
    const total = newTotal(100_000);
    const int8 = createCodec('int8', { topkShare: 1 });
    const bytes = new Uint8Array(int8.bytes(100_000));
    int8.encode(new Float32Array(100_000).fill(1), bytes, { seed: 1, purpose: 'rounding' });
    newTotal(1_000_000);
    int8.addTo(bytes, total);
    int8.addTo(bytes, total);
    expect(total.every((x) => Math.abs(x - 2) < 0.02)).toBe(true);
  });
});

describe('checksums', () => {
  it('are xxHash32 whatever the length, the alignment and the seed', async () => {
    const reference = await xxhash();
    const next = uniforms(9);
    const all = Uint8Array.from({ length: 100_000 }, () => 256 * next());
    fc.assert(
      fc.property(
        fc.oneof(fc.integer({ min: 0, max: 9000 }), fc.integer({ min: 32_700, max: 99_000 })),
        fc.integer({ min: 0, max: 16 }),
        word,
        (length, from, seed) => {
          const bytes = all.subarray(from, from + length);
          expect(checksum32(bytes, seed)).toBe(reference.h32Raw(bytes, seed) >>> 0);
        },
      ),
      { ...runs, numRuns: 200 },
    );
  });
});

it('in the source tree are what their sources compile to', async () => {
  const folder = 'packages/shared/kernels';
  expect(await compileKernels(folder)).toBe(readFileSync(kernelsFiles[folder], 'utf8'));
});
