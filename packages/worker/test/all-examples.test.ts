/** All of the data, evenly mixed, as measures and feature networks read it. */
import { describe, expect, it } from 'vitest';
import { presetConfig, type DataManifest, type RunConfig } from '@gantry/shared';
import { allExamples, type StoredExamples } from '../src/data/all-examples.ts';

const size = 600;
const data: RunConfig['data'] = { source: 'images', path: 'x', height: 1, width: 2, channels: 1, classes: 3 };

/** Examples that lie by class, as those of a folder of folders do; their first pixel tells their number, in two parts. */
function byClass(chunkSize: number): StoredExamples {
  const manifest: DataManifest = {
    size,
    chunkSize,
    exampleBytes: 2,
    classes: ['a', 'b', 'c'],
    path: '/data/0',
  };
  const fetchChunk = (chunk: number): Promise<Uint8Array> => {
    const numbers = Array.from({ length: size }, (_, i) => i).slice(
      chunk * chunkSize,
      (chunk + 1) * chunkSize,
    );
    const bytes = new Uint8Array(4 * numbers.length);
    const view = new DataView(bytes.buffer);
    numbers.forEach((number, i) => {
      view.setUint16(2 * i, number);
      view.setUint16(2 * (numbers.length + i), Math.floor((3 * number) / size), true);
    });
    return Promise.resolve(bytes);
  };
  return { manifest, fetchChunk };
}

/** From pixels in [-1, 1] back to the example's number. */
const numbersOf = (examples: Float32Array): number[] =>
  Array.from({ length: examples.length / 2 }, (_, i) => {
    const [high, low] = [examples[2 * i], examples[2 * i + 1]].map((x) => Math.round((x + 1) * 127.5));
    return 256 * high + low;
  });

describe('all examples of stored data', () => {
  it('come once each, with their labels, before any comes again', async () => {
    const all = allExamples({ data }, 1, byClass(64), 'sampleExample');
    expect(all.size).toBe(size);
    const { examples, labels } = await all.read(0, size);
    const numbers = numbersOf(examples);
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, i) => i));
    expect([...labels]).toEqual(numbers.map((number) => Math.floor((3 * number) / size)));
    expect(numbersOf((await all.read(70, 30)).examples)).toEqual(numbers.slice(70, 100));
  });

  it('are mixed: a small part has all classes, though they lie by class', async () => {
    const { labels } = await allExamples({ data }, 2, byClass(200), 'sampleExample').read(0, 60);
    for (const label of [0, 1, 2]) {
      const count = labels.filter((each) => each === label).length;
      expect(count).toBeGreaterThan(10);
      expect(count).toBeLessThan(32);
    }
  });

  it('follow the seed, and not how they are cut into chunks', async () => {
    const first = async (seed: number, chunkSize: number): Promise<number[]> =>
      numbersOf((await allExamples({ data }, seed, byClass(chunkSize), 'example').read(0, 20)).examples);
    expect(await first(1, 64)).toEqual(await first(1, 7));
    expect(await first(1, 64)).not.toEqual(await first(2, 64));
  });

  it('cannot be read of a store that was not given', () => {
    expect(() => allExamples({ data }, 1, null, 'example')).toThrow(/without its examples/);
  });
});

describe('all examples of drawn data', () => {
  it('are endless, and other ones for another purpose', async () => {
    const { data: digits } = presetConfig('digits');
    const all = allExamples({ data: digits }, 1, null, 'sampleExample');
    expect(all.size).toBe(Infinity);
    const { examples, labels } = await all.read(0, 12);
    expect((await all.read(5, 3)).examples).toEqual(examples.slice(5 * 784, 8 * 784));
    expect(labels.length).toBe(12);
    expect((await allExamples({ data: digits }, 1, null, 'example').read(0, 12)).examples).not.toEqual(
      examples,
    );
  });
});
