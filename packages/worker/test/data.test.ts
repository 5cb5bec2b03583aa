import {
  checksum32,
  exampleOrder,
  mixtures,
  presets,
  scoreMixture,
  type DataManifest,
  type RunConfig,
} from '@gantry/shared';
import { describe, expect, it } from 'vitest';
import { digitClass } from '../src/data/digits.ts';
import { createSource } from '../src/data/source.ts';

const noChunks = () => Promise.reject(new Error('drawn data has no chunks'));

describe('drawn data', () => {
  it.each(['ring', 'grid'] as const)('covers the %s as a perfect generator would', async (name) => {
    const source = createSource({ ...presets.ring, data: { source: name } }, null, noChunks);
    const score = scoreMixture(mixtures[name], (await source.real(0, 0, 4000)).examples);
    expect(score.modes).toBe(mixtures[name].centres.length);
    expect(Math.abs(score.highQuality - 0.989)).toBeLessThan(0.006);
  });

  it.each(['ring', 'grid', 'digits'] as const)(
    'gives an example of the %s by its place alone',
    async (name) => {
      const source = createSource({ ...presets.ring, data: { source: name } }, null, noChunks);
      const { examples: many, labels } = await source.real(5, 0, 8);
      const size = many.length / 8;
      expect(await source.real(5, 6, 2)).toEqual({
        examples: many.slice(6 * size),
        labels: labels.slice(6),
      });
      expect(labels).toHaveLength(name === 'digits' ? 8 : 0);
      expect((await source.real(6, 6, 2)).examples).not.toEqual(many.slice(6 * size));
      expect(await source.sampleReal(8)).not.toEqual((await source.real(0, 0, 8)).examples);
      expect(await source.sampleReal(2)).toEqual((await source.sampleReal(8)).slice(0, 2 * size));
    },
  );

  it('is the same to the bit on every engine', async () => {
    const digits = createSource(presets.digits, null, noChunks);
    expect(checksum32((await digits.real(7, 0, 64)).examples)).toBe(715769655);
    const ring = createSource(presets.ring, null, noChunks);
    expect(checksum32((await ring.real(7, 0, 64)).examples)).toBe(2114598971);
    expect(checksum32(digits.latents('generator', 7, 0, 64))).toBe(2878907155);
  });

  it('draws digits that a nearest mean tells apart, white on black', async () => {
    const source = createSource(presets.digits, null, noChunks);
    const label = (step: number, example: number): number =>
      digitClass({ seed: presets.digits.seed, purpose: 'example', step, example }, (u) => Math.floor(10 * u));
    const size = 28 * 28;
    const count = 600;
    const { examples: train } = await source.real(0, 0, count);
    const means = Array.from({ length: 10 }, () => new Float64Array(size));
    const counts = new Float64Array(10);
    for (let n = 0; n < count; n++) {
      const digit = label(0, n);
      counts[digit] += 1;
      for (let i = 0; i < size; i++) means[digit][i] += train[n * size + i];
    }
    means.forEach((mean, digit) => mean.forEach((value, i) => (mean[i] = value / counts[digit])));
    expect(Math.min(...counts)).toBeGreaterThan(35);
    const { examples: test, labels } = await source.real(1, 0, 200);
    expect([...labels]).toEqual(Array.from({ length: 200 }, (_, n) => label(1, n)));
    let right = 0;
    for (let n = 0; n < 200; n++) {
      const image = test.subarray(n * size, (n + 1) * size);
      const distances = means.map((mean) => mean.reduce((sum, value, i) => sum + (value - image[i]) ** 2, 0));
      if (distances.indexOf(Math.min(...distances)) === label(1, n)) right += 1;
    }
    expect(right / 200).toBeGreaterThan(0.6);
    const ink = test.reduce((sum, value) => sum + (value + 1) / 2, 0) / test.length;
    expect(ink).toBeGreaterThan(0.07);
    expect(ink).toBeLessThan(0.2);
    // Nothing is written over the edge.
    for (let n = 0; n < 200; n++) expect(test[n * size]).toBe(-1);
  });
});

describe('latent vectors', () => {
  it('are keyed by phase, step and example', () => {
    const source = createSource(presets.ring, null, noChunks);
    const all = source.latents('generator', 2, 0, 4);
    expect(source.latents('generator', 2, 3, 1)).toEqual(all.slice(6));
    expect(source.latents('discriminator', 2, 3, 1)).not.toEqual(all.slice(6));
    expect(source.latents('generator', 3, 3, 1)).not.toEqual(all.slice(6));
    expect(source.sampleLatents(4)).not.toEqual(source.latents('discriminator', 0, 0, 4));
    expect(source.sampleLatents(2)).toEqual(source.sampleLatents(4).slice(0, 4));
  });
});

describe('stored data', () => {
  const manifest: DataManifest = { size: 23, chunkSize: 5, exampleBytes: 4, classes: ['a'], path: '/data' };
  const config: RunConfig = {
    ...presets.digits,
    data: { source: 'idx', path: 'x', height: 2, width: 2, channels: 1, classes: 1 },
    batch: { global: 6, microbatch: 3, block: 1 },
  };
  const labelOf = (example: number): number => 250 + 3 * example;
  /** Example e is four bytes e·10 + 0…3; then come the labels, uint16. */
  const chunk = (index: number): Uint8Array => {
    const count = Math.min(5, 23 - index * 5);
    const bytes = Array.from({ length: count * 4 }, (_, i) => (index * 5 + (i >> 2)) * 10 + (i & 3));
    const labels = Uint16Array.from({ length: count }, (_, i) => labelOf(index * 5 + i));
    return Uint8Array.from([...bytes, ...new Uint8Array(labels.buffer)]);
  };

  it('comes in the order of training, in [−1, 1], with its labels', async () => {
    const source = createSource(config, manifest, (index) => Promise.resolve(chunk(index)));
    const order = exampleOrder(config.seed, 23, 5);
    for (const [step, first] of [
      [0, 0],
      [0, 3],
      [5, 3],
      [40, 0],
    ]) {
      // oxlint-disable-next-line no-await-in-loop
      const { examples: found, labels } = await source.real(step, first, 3);
      const expected = [0, 1, 2].flatMap((i) =>
        [0, 1, 2, 3].map((b) => Math.fround((order(step * 6 + first + i) * 10 + b) / 127.5 - 1)),
      );
      expect([...found]).toEqual(expected);
      expect([...labels]).toEqual([0, 1, 2].map((i) => labelOf(order(step * 6 + first + i))));
    }
    expect((await source.sampleReal(1))[0]).toBe(Math.fround((order(0) * 10) / 127.5 - 1));
  });

  it('is fetched chunk by chunk, ahead of need, and not twice', async () => {
    const asked: number[] = [];
    const source = createSource(config, manifest, (index) => {
      asked.push(index);
      return Promise.resolve(chunk(index));
    });
    await source.real(0, 0, 3);
    const ahead = Math.floor(exampleOrder(config.seed, 23, 5)(6) / 5);
    expect(asked).toContain(ahead);
    await source.real(0, 3, 3);
    await source.real(1, 0, 3);
    expect(new Set(asked).size).toBe(asked.length);
  });

  it('says which chunk did not arrive, and asks again', async () => {
    let broken = true;
    const source = createSource(config, manifest, (index) =>
      broken ? Promise.reject(new Error('offline')) : Promise.resolve(chunk(index)),
    );
    await expect(source.real(0, 0, 3)).rejects.toMatchObject({ code: 'CHUNK_UNAVAILABLE' });
    broken = false;
    expect((await source.real(0, 0, 3)).examples).toHaveLength(12);
    const short = createSource(config, manifest, () => Promise.resolve(new Uint8Array(3)));
    await expect(short.real(0, 0, 3)).rejects.toMatchObject({ code: 'CHUNK_UNAVAILABLE' });
  });
});
