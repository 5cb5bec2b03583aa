import { randomWords } from '@gantry/shared';
import { describe, expect, it } from 'vitest';
import { statisticsOf } from '../src/datasets/statistics.ts';

/** Pixels that differ by channel, drawn from a fixed seed. */
function drawn(examples: number, channels: 1 | 3): Uint8Array {
  const words = new Uint32Array(examples * channels);
  randomWords({ seed: 3, purpose: 'example', example: 0 }, words);
  return Uint8Array.from(
    words,
    (word, i) => ((word >>> 8) % (60 + 90 * (i % channels))) + 7 * (i % channels),
  );
}

/** Welford's update on the values networks see: another way to the same numbers. */
function byWelford(pixels: Uint8Array, channels: number): { mean: number[]; deviation: number[] } {
  const each = Array.from({ length: channels }, (_, c) => {
    let n = 0;
    let mean = 0;
    let m2 = 0;
    for (let at = c; at < pixels.length; at += channels) {
      const x = pixels[at] / 127.5 - 1;
      n += 1;
      const delta = x - mean;
      mean += delta / n;
      m2 += delta * (x - mean);
    }
    return { mean, deviation: Math.sqrt(m2 / n) };
  });
  return { mean: each.map(({ mean }) => mean), deviation: each.map(({ deviation }) => deviation) };
}

describe('the statistics of a dataset', () => {
  it.each([1, 3] as const)('are those of another computation, with %i channels', (channels) => {
    const pixels = drawn(5000, channels);
    const found = statisticsOf({ pixels, channels });
    const expected = byWelford(pixels, channels);
    found.mean.forEach((mean, c) => expect(mean).toBeCloseTo(expected.mean[c], 12));
    found.deviation.forEach((deviation, c) => expect(deviation).toBeCloseTo(expected.deviation[c], 12));
    expect(new Set(found.mean).size).toBe(channels);
  });

  it('do not cancel where the spread is small beside the mean', () => {
    // A million white pixels but one: in float64, E[x²] − E[x]² would keep nine digits of this at most.
    const pixels = new Uint8Array(1_000_000).fill(255);
    pixels[123_456] = 254;
    const { mean, deviation } = statisticsOf({ pixels, channels: 1 });
    expect(mean[0]).toBeCloseTo(1 - 1e-6 / 127.5, 14);
    expect(deviation[0] * 127.5).toBeCloseTo(Math.sqrt(1e-6 - 1e-12), 14);
  });

  it('give a channel without spread a deviation of 1: it is centred, and not scaled', () => {
    const pixels = Uint8Array.of(0, 10, 51, 255, 20, 51);
    const { mean, deviation } = statisticsOf({ pixels, channels: 3 });
    expect(mean[2]).toBeCloseTo(51 / 127.5 - 1, 14);
    expect(deviation[0]).toBeCloseTo(1, 14);
    expect(deviation[1]).toBeCloseTo(5 / 127.5, 14);
    expect(deviation[2]).toBe(1);
  });
});
