import { describe, expect, it } from 'vitest';
import {
  codecNames,
  createCodec,
  GantryError,
  newTotal,
  type Address,
  type Codec,
  type CodecName,
} from '@gantry/shared';
import { halfOf, numberOf } from '../src/codec/float16.ts';
import { floatOf } from '../src/codec/runs.ts';
import { firstDifference, kinds, numbers, uniforms } from './support/numbers.ts';

const address: Address = { seed: 5, purpose: 'rounding', step: 9 };
const codec = (name: CodecName, topkShare = 0.01): Codec => createCodec(name, { topkShare });

function encoded(by: Codec, values: Float32Array, rounding = address): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(by.bytes(values.length)).fill(0xaa);
  by.encode(values, bytes, rounding);
  return bytes;
}

function decoded(by: Codec, values: Float32Array, rounding = address): Float32Array {
  const out = new Float32Array(values.length).fill(7);
  by.decode(encoded(by, values, rounding), out);
  return out;
}

const lengths = [0, 1, 2, 3, 255, 256, 257, 4095, 4096, 4100, 8192, 20_001];

describe.each(codecNames)('codec %s', (name) => {
  const by = codec(name);

  it('has bytes of a length that is fixed, a multiple of 4', () => {
    for (const length of lengths) expect(by.bytes(length) % 4).toBe(0);
    expect(by.bytes(0)).toBe(0);
    const ratio = { float32: 1, float16: 0.5005, int8: 0.255, topk: 0.0201 }[name];
    expect(by.bytes(300_520) / (4 * 300_520)).toBeLessThanOrEqual(ratio);
  });

  it('writes all of its bytes, the same ones every time', () => {
    for (const length of lengths) {
      const values = numbers('near', length, length);
      const first = encoded(by, values);
      const second = new Uint8Array(by.bytes(length)).fill(0x55);
      by.encode(values, second, address);
      expect(Buffer.compare(first, second)).toBe(0);
    }
  });

  it('adds and subtracts what it decodes, in float32, wherever the numbers lie', () => {
    for (const length of lengths) {
      const bytes = encoded(by, numbers('near', length, 1));
      const out = new Float32Array(length);
      by.decode(bytes, out);
      const before = numbers('near', length, 2);
      const home = newTotal(length);
      home.set(before);
      for (const into of [before.slice(), home]) {
        by.addTo(bytes, into);
        expect(firstDifference(into, before.map((x, i) => Math.fround(x + out[i])))).toBe(-1); // prettier-ignore
        const sum = into.slice();
        by.subtractFrom(bytes, into);
        expect(firstDifference(into, sum.map((x, i) => Math.fround(x - out[i])))).toBe(-1); // prettier-ignore
      }
    }
  });

  it('adds to part of a total and leaves the rest alone', () => {
    const bytes = encoded(by, numbers('near', 1001, 1));
    const total = newTotal(1100).fill(1);
    by.addTo(bytes, total.subarray(50, 1051));
    expect(total.subarray(0, 50).every((x) => x === 1)).toBe(true);
    expect(total.subarray(1051).every((x) => x === 1)).toBe(true);
    expect(total.subarray(50, 1051).some((x) => x !== 1)).toBe(true);
  });

  it('finds the largest magnitude of what it decodes', () => {
    for (const length of lengths) {
      for (const kind of kinds) {
        const values = numbers(kind, length, 3);
        const largest = decoded(by, values).reduce((most, x) => Math.max(most, Math.abs(x)), 0);
        expect(by.largest(encoded(by, values), length), kind).toBe(largest);
      }
    }
  });

  it('decodes finite numbers to finite numbers, however large or small', () => {
    for (const kind of kinds) {
      const values = numbers(kind, 9000, 4);
      expect(decoded(by, values).every(Number.isFinite), kind).toBe(true);
      expect(by.largest(encoded(by, values), values.length), kind).toBeLessThan(Infinity);
    }
  });

  it('never makes finite what is not: the largest tells', () => {
    for (const wrong of [NaN, Infinity, -Infinity, floatOf(0xff800001)]) {
      for (const at of [0, 255, 256, 4999, 8999]) {
        const values = numbers('near', 9000, 5);
        values[at] = wrong;
        expect(Number.isFinite(by.largest(encoded(by, values), values.length)), `${wrong} at ${at}`).toBe(
          false,
        );
      }
    }
    expect(by.largest(encoded(by, new Float32Array(9000).fill(NaN)), 9000)).toBeNaN();
  });

  it('decodes zeros to zeros', () => {
    expect(decoded(by, new Float32Array(9000)).every((x) => x === 0)).toBe(true);
    expect(by.largest(encoded(by, new Float32Array(9000)), 9000)).toBe(0);
  });
});

describe('float32', () => {
  it('keeps every bit', () => {
    for (const kind of kinds) {
      const values = numbers(kind, 9000, 6);
      expect(firstDifference(decoded(codec('float32'), values), values)).toBe(-1);
    }
  });
});

describe('halves', () => {
  it('are all 63,488 finite ones, and come back as they went', () => {
    for (let half = 0; half < 0x10000; half++) {
      const number = numberOf(half);
      if ((half & 0x7c00) === 0x7c00) expect(Number.isFinite(number)).toBe(false);
      else if (halfOf(number) !== half) expect.fail(`${half} becomes ${halfOf(number)}`);
    }
    expect([0x0001, 0x03ff, 0x0400, 0x3c00, 0x7bff, 0xc000].map(numberOf)).toEqual([
      2 ** -24,
      1023 * 2 ** -24,
      2 ** -14,
      1,
      65504,
      -2,
    ]);
  });

  it('are the nearest ones, and of two the even one', () => {
    for (let half = 0; half < 0x7bff; half += 1) {
      const low = numberOf(half);
      const high = numberOf(half + 1);
      const middle = (low + high) / 2; // exact, even in float32
      const even = half % 2 === 0 ? half : half + 1;
      if (halfOf(middle) !== even) expect.fail(`between ${low} and ${high}`);
      if (halfOf(middle * (1 + 2 ** -20)) !== half + 1) expect.fail(`above the middle after ${low}`);
      if (halfOf(middle * (1 - 2 ** -20)) !== half) expect.fail(`below the middle after ${low}`);
    }
  });
});

describe('float16', () => {
  const by = codec('float16');

  it('has a relative error of 2^-11 at most down to 2^-28 of the largest of a run', () => {
    for (const exponent of [-120, -60, 0, 60, 100]) {
      const next = uniforms(exponent);
      const values = Float32Array.from({ length: 5000 }, () => 2 ** (exponent + 27.9 * next()) * (next() - 0.5 < 0 ? -1 : 1)); // prettier-ignore
      const out = decoded(by, values);
      const worst = values.reduce((most, x, i) => Math.max(most, Math.abs(out[i] - x) / Math.abs(x)), 0);
      expect(worst).toBeLessThanOrEqual(2 ** -11);
      expect(worst).toBeGreaterThan(2 ** -12);
    }
  });

  it('keeps all that float32 has below 2^-139, and the sign of zero', () => {
    const next = uniforms(1);
    const values = Float32Array.from({ length: 500 }, () => Math.floor(2048 * (next() - 0.5)) * 2 ** -149);
    values[7] = -0;
    expect(firstDifference(decoded(by, values), values)).toBe(-1);
  });

  it('takes the scale of each run of 4096 from its own numbers', () => {
    const values = new Float32Array(3 * 4096).fill(3e-30).fill(3e30, 4096, 8192);
    const out = decoded(by, values);
    for (const i of [0, 4095, 4096, 8191, 8192, 12_287]) {
      expect(Math.abs(out[i] / values[i] - 1)).toBeLessThan(2 ** -11);
    }
  });

  it.each([
    ['a negative scale', [0, 0, 128, 191]],
    ['a scale that is no power of two', [0, 0, 192, 63]],
    ['a scale of zero', [0, 0, 0, 0]],
    ['a scale that is not finite', [0, 0, 128, 127]],
    ['a scale at which halves overflow', [0, 0, 128, 120]],
  ])('has no largest with %s', (_, scale) => {
    const bytes = encoded(by, new Float32Array(5000).fill(1));
    expect(by.largest(bytes, 5000)).toBe(1);
    bytes.set(scale, 4 + 2 * 4096);
    expect(by.largest(bytes, 5000)).toBeNaN();
  });

  it('has no largest with a half that is not finite', () => {
    const bytes = encoded(by, new Float32Array(5000).fill(1));
    bytes.set([0, 0x7c], 4 + 2 * 77);
    expect(by.largest(bytes, 5000)).toBe(Infinity);
    bytes.set([1, 0xfc], 4 + 2 * 77);
    expect(by.largest(bytes, 5000)).toBeNaN();
  });
});

describe('int8', () => {
  const by = codec('int8');

  it('is off by less than the scale, the largest of a run of 256 divided by 127', () => {
    for (const kind of kinds) {
      const values = numbers(kind, 5000, 8);
      const out = decoded(by, values);
      for (let start = 0; start < values.length; start += 256) {
        const run = values.subarray(start, start + 256);
        const scale = run.reduce((most, x) => Math.max(most, Math.abs(x)), 0) / 127;
        const room = scale * (1 + 2 ** -22) + 2 ** -149;
        run.forEach((x, i) => {
          if (!(Math.abs(out[start + i] - x) <= room)) expect.fail(`${kind}: ${x} became ${out[start + i]}`);
        });
      }
    }
  });

  it('is right in the mean over many addresses', () => {
    const values = Float32Array.from({ length: 256 }, (_, i) =>
      i === 0 ? 127 : Math.sin(i) * (i % 8 ? 1 : 100),
    );
    const draws = 4000;
    const sums = new Float64Array(256);
    const bytes = new Uint8Array(by.bytes(256));
    const total = newTotal(256);
    for (let step = 0; step < draws; step++) {
      by.encode(values, bytes, { ...address, step });
      by.decode(bytes, total);
      total.forEach((x, i) => (sums[i] += x));
    }
    // A rounding has a standard deviation of half a scale at most, here 1/2; five of them are never met by chance.
    values.forEach((x, i) => expect(Math.abs(sums[i] / draws - x)).toBeLessThan(5 * 0.5 / Math.sqrt(draws))); // prettier-ignore
    // All together are closer still: a bias that all share would show.
    const error = sums.reduce((sum, x, i) => sum + x / draws - values[i], 0) / 256;
    expect(Math.abs(error)).toBeLessThan((5 * 0.5) / Math.sqrt(draws * 256));
  });

  it('keeps what are whole codes, with any random numbers', () => {
    const values = Float32Array.from({ length: 255 }, (_, i) => (i - 127) * 0.5);
    for (let step = 0; step < 20; step++) {
      expect(firstDifference(decoded(by, values, { ...address, step }), values)).toBe(-1);
    }
  });

  it('rounds otherwise at another address, another run, another number', () => {
    const values = new Float32Array(1024).fill(0.5).fill(127, 0, 1).fill(127, 256, 257);
    const base = decoded(by, values).join();
    const changes = [{ seed: 6 }, { step: 8 }, { example: 1 }, { pass: 1 }, { layer: 1 }, { phase: 1 }];
    const all = changes.map((change) => decoded(by, values, { ...address, ...change }).join());
    expect(new Set([base, ...all]).size).toBe(7);
    const out = decoded(by, values);
    expect(out.subarray(1, 256).join()).not.toBe(out.subarray(257, 512).join());
    const ups = out.subarray(1, 256).filter((x) => x > 0.5).length;
    expect(ups).toBeGreaterThan(85);
    expect(ups).toBeLessThan(170);
  });

  it('has codes of 127 at most, also where the scale is the largest there is', () => {
    const largest = floatOf(0x7f7fffff);
    const values = Float32Array.from({ length: 200_000 }, (_, i) => (i % 2 ? largest : -largest));
    const bytes = encoded(by, values);
    const codes = new Int8Array(bytes.buffer);
    for (let at = 4; at < codes.length; at++) {
      if (at % 260 >= 4 && codes[at] !== (at % 2 ? 127 : -127)) expect.fail(`${codes[at]}`);
    }
  });

  it.each([
    ['negative', [0, 0, 128, 191]],
    ['not finite', [0, 0, 128, 127]],
    ['so large that its codes overflow', [255, 255, 127, 127]],
  ])('has no finite largest with a scale that is %s', (_, scale) => {
    const bytes = encoded(by, new Float32Array(1000).fill(1));
    expect(by.largest(bytes, 1000)).toBeCloseTo(1, 6);
    bytes.set(scale, 260);
    expect(Number.isFinite(by.largest(bytes, 1000))).toBe(false);
  });
});

describe('topk', () => {
  const entries = (bytes: Uint8Array<ArrayBuffer>) => {
    const k = bytes.length / 8;
    return {
      indices: [...new Uint32Array(bytes.buffer, 0, k)],
      values: new Float32Array(bytes.buffer, 4 * k, k),
    };
  };
  /** By the definition: sorted by magnitude, then by index. */
  const expected = (values: Float32Array, k: number): number[] =>
    [...values.keys()]
      .sort((a, b) => Math.abs(values[b]) - Math.abs(values[a]) || a - b)
      .slice(0, k)
      .sort((a, b) => a - b);

  it.each([0.001, 0.01, 0.3, 1])('keeps a share of %d: the largest, of equal ones the first', (share) => {
    const by = codec('topk', share);
    for (const kind of kinds) {
      for (const length of [1, 5, 1000, 8192, 9001]) {
        const values = numbers(kind, length, 10);
        const { indices, values: kept } = entries(encoded(by, values));
        expect(indices, `${kind} ${length}`).toEqual(
          expected(values, Math.max(1, Math.ceil(share * length))),
        );
        expect(
          firstDifference(
            kept,
            Float32Array.from(indices, (i) => values[i]),
          ),
        ).toBe(-1);
      }
    }
  });

  it('leaves behind what error feedback carries on', () => {
    const by = codec('topk', 0.1);
    const values = numbers('near', 1000, 11);
    const left = values.slice();
    const bytes = encoded(by, values);
    by.subtractFrom(bytes, left);
    by.addTo(bytes, left);
    expect(firstDifference(left, values)).toBe(-1);
    expect(decoded(by, values).filter((x) => x !== 0)).toHaveLength(100);
  });

  it.each([
    ['an index twice', [50, 50]],
    ['indices that descend', [90, 30]],
    ['an index beyond the end', [50, 1000]],
    ['an index far beyond the end', [50, 0xffffffff]],
    ['indices that begin anew after the largest', [0xffffffff, 20]],
  ])('has no largest with %s, and what it adds stays inside', (_, pair) => {
    const by = codec('topk', 0.01);
    const bytes = encoded(by, numbers('near', 1000, 12));
    expect(by.largest(bytes, 1000)).toBeGreaterThan(0);
    new Uint32Array(bytes.buffer, 0, 10).set([0, 1, 2, 3, 4, 5, 6, 7, ...pair]);
    expect(by.largest(bytes, 1000)).toBeNaN();
    const total = newTotal(1064);
    by.addTo(bytes, total.subarray(32, 1032));
    by.subtractFrom(bytes, total.subarray(32, 1032));
    by.decode(bytes, total.subarray(32, 1032));
    expect(total.subarray(1032).every((x) => x === 0)).toBe(true);
  });

  it('has no largest with an index twice, however long the payload', () => {
    const by = codec('topk', 1);
    for (const at of [1, 8191, 8192, 8193, 16_384, 19_999]) {
      const bytes = encoded(by, new Float32Array(20_000));
      const indices = new Uint32Array(bytes.buffer, 0, 20_000);
      indices[at] = indices[at - 1];
      if (!Number.isNaN(by.largest(bytes, 20_000))) expect.fail(`index ${at}`);
    }
  });

  it.each([0, -1, 1.5, NaN])('refuses a share of %d', (share) => {
    expect(() => codec('topk', share)).toThrow(GantryError);
    expect(() => codec('int8', share)).not.toThrow();
  });
});
