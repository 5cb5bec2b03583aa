import { describe, expect, it } from 'vitest';
import { circle, drawNormal, drawUniform, exampleOrder, ln, philox } from '@gantry/shared';

const block = (counter: readonly number[], key: readonly number[]): string[] => {
  const out = new Uint32Array(4);
  philox(counter[0], counter[1], counter[2], counter[3], key[0], key[1], out);
  return [...out].map((word) => word.toString(16).padStart(8, '0'));
};

describe('the counter-based generator', () => {
  it("gives Random123's published answers for philox4x32-10", () => {
    expect(block([0, 0, 0, 0], [0, 0])).toEqual(['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']);
    const ones = 0xffffffff;
    expect(block([ones, ones, ones, ones], [ones, ones])).toEqual([
      '408f276d',
      '41c83b0e',
      'a20bc7c6',
      '6d5451fd',
    ]);
    expect(block([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])).toEqual([
      'd16cfe09',
      '94fdcceb',
      '5001e420',
      '24126ea1',
    ]);
  });

  it('computes logarithms, sines and cosines to the precision of doubles', () => {
    for (let i = 1; i <= 5000; i++) {
      const u = i / 5000;
      expect(Math.abs(ln(u) - Math.log(u))).toBeLessThan(2e-15 * Math.max(1, Math.abs(Math.log(u))));
      const [cos, sin] = circle(u - 1 / 5000);
      expect(Math.abs(cos - Math.cos(2 * Math.PI * (u - 1 / 5000)))).toBeLessThan(1.5e-15);
      expect(Math.abs(sin - Math.sin(2 * Math.PI * (u - 1 / 5000)))).toBeLessThan(1.5e-15);
    }
    expect(Math.abs(ln(2 ** -32) - Math.log(2 ** -32))).toBeLessThan(1e-14);
  });

  it('draws normal and uniform numbers with the right moments', () => {
    const n = 100_000;
    const z = new Float64Array(n);
    drawNormal({ seed: 7, purpose: 'latent' }, z);
    const mean = z.reduce((sum, x) => sum + x, 0) / n;
    const variance = z.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n;
    const kurtosis = z.reduce((sum, x) => sum + (x - mean) ** 4, 0) / n / variance ** 2;
    expect(Math.abs(mean)).toBeLessThan(0.01);
    expect(Math.abs(variance - 1)).toBeLessThan(0.015);
    expect(Math.abs(kurtosis - 3)).toBeLessThan(0.1);
    const u = new Float64Array(n);
    drawUniform({ seed: 7, purpose: 'example' }, u);
    expect(Math.abs(u.reduce((sum, x) => sum + x, 0) / n - 0.5)).toBeLessThan(0.005);
    expect(Math.min(...u.subarray(0, 50_000))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...u.subarray(0, 50_000))).toBeLessThan(1);
  });

  it('gives other numbers when any field of the address changes', () => {
    const base = { seed: 1, purpose: 'latent', phase: 0, step: 3, example: 5, layer: 0, pass: 0 } as const;
    const draw = (change: object): string => {
      const out = new Float32Array(4);
      drawNormal({ ...base, ...change }, out);
      return [...out].join();
    };
    const seen = new Set(
      [
        {},
        { seed: 2 },
        { purpose: 'example' },
        { phase: 1 },
        { step: 4 },
        { example: 6 },
        { layer: 1 },
        { pass: 1 },
      ].map(draw),
    );
    expect(seen.size).toBe(8);
  });
});

describe('the order of real examples', () => {
  it.each([
    [10, 4],
    [16, 4],
    [7, 100],
    [1, 1],
    [1000, 64],
  ])('visits each of %i examples once an epoch, in chunks of %i', (size, chunkSize) => {
    const order = exampleOrder(3, size, chunkSize);
    for (let epoch = 0; epoch < 3; epoch++) {
      const seen = new Set<number>();
      for (let i = 0; i < size; i++) seen.add(order(epoch * size + i));
      expect(seen.size).toBe(size);
      expect(Math.max(...seen)).toBe(size - 1);
    }
  });

  it('is another in the next epoch and with another seed, and does not depend on the order of asking', () => {
    const list = (seed: number, from: number): number[] => {
      const order = exampleOrder(seed, 100, 16);
      return Array.from({ length: 100 }, (_, i) => order(from + i));
    };
    expect(list(1, 0)).not.toEqual(list(1, 100));
    expect(list(1, 0)).not.toEqual(list(2, 0));
    const order = exampleOrder(1, 100, 16);
    order(950);
    order(130);
    expect(Array.from({ length: 100 }, (_, i) => order(99 - i)).toReversed()).toEqual(list(1, 0));
  });

  it('lets consecutive positions touch few chunks', () => {
    const order = exampleOrder(5, 1000, 100);
    for (let start = 0; start < 1000; start += 50) {
      const chunks = new Set(Array.from({ length: 50 }, (_, i) => Math.floor(order(start + i) / 100)));
      expect(chunks.size).toBeLessThanOrEqual(2);
    }
  });
});
