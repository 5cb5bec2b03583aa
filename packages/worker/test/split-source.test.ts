/** Real examples of shares, as workers draw or fetch them. */
import { parseConfig, presets, setField, type DataManifest, type RunConfig } from '@gantry/shared';
import { describe, expect, it } from 'vitest';
import { createSource } from '../src/data/source.ts';

const noChunks = (): Promise<Uint8Array> => Promise.reject(new TypeError('drawn data has no chunks'));
const configured = (base: RunConfig, ...fields: readonly string[]): RunConfig =>
  parseConfig(
    fields.reduce((config, field) => {
      const [path, text] = field.split('=');
      return setField(config, path, text);
    }, base),
  );

/** How many examples of each class, by share: of four blocks of 16, in some steps. */
async function histogram(config: RunConfig, shares: number, steps = 40): Promise<number[][]> {
  const source = createSource(config, null, noChunks);
  const counts = Array.from({ length: shares }, () => Array.from({ length: 10 }, () => 0));
  for (let step = 0; step < steps; step++) {
    for (let block = 0; block < 4; block++) {
      // oxlint-disable-next-line no-await-in-loop
      const { labels } = await source.real(step, 16 * block, 16);
      for (const label of labels) counts[block % shares][label] += 1;
    }
  }
  return counts;
}

describe('drawn data in shares', () => {
  it('has in each the classes that are its own', async () => {
    const split = ['split.kind=class', 'split.shares=4', 'split.classes=3'];
    const counts = await histogram(configured(presets.digits, ...split), 4);
    for (const share of counts) expect(share.filter((count) => count > 0)).toHaveLength(3);
    // All classes are somebody's.
    expect(counts[0].map((_, label) => counts.some((share) => share[label] > 0))).not.toContain(false);
  });

  it('has skewed classes by Dirichlet, and weighs shares by what they have', async () => {
    const config = configured(presets.digits, 'split.kind=dirichlet', 'split.shares=2', 'split.alpha=0.3');
    const [a, b] = await histogram(config, 2);
    const source = createSource(config, null, noChunks);
    const weights = [await source.weight(0), await source.weight(1)];
    expect(weights[0] + weights[1]).toBeCloseTo(2, 12);
    expect(await source.weight(2)).toBe(weights[0]);
    // Weighed so, all classes are equally frequent again: 1,280 examples a share, so a tenth is within 3 %.
    const whole = a.map((count, label) => (weights[0] * count + weights[1] * b[label]) / 2560);
    for (const frequency of whole) expect(Math.abs(frequency - 0.1)).toBeLessThan(0.03);
    expect(Math.min(...a) / 1280).toBeLessThan(0.05);
  });

  it('differs in size alone by quantity: a small share comes round often', async () => {
    const config = configured(
      presets.ring,
      'split.kind=quantity',
      'split.shares=2',
      'split.exponent=3',
      'schedule.epochSize=90',
    );
    const source = createSource(config, null, noChunks);
    const seen = [new Set<string>(), new Set<string>()];
    for (let step = 0; step < 4; step++) {
      for (const block of [0, 1]) {
        // oxlint-disable-next-line no-await-in-loop
        const { examples } = await source.real(step, 64 * block, 64);
        for (let i = 0; i < 64; i++) seen[block].add(`${examples[2 * i]},${examples[2 * i + 1]}`);
      }
    }
    // 8 to 1 of 90.
    expect(seen.map(({ size }) => size)).toEqual([80, 10]);
    expect([...seen[0]].some((point) => seen[1].has(point))).toBe(false);
    expect(await source.weight(0)).toBeCloseTo((2 * 80) / 90, 12);
  });

  it.each(['ring', 'digits'] as const)('leaves the examples of undivided %s as they were', async (name) => {
    const plain = createSource(presets[name], null, noChunks);
    // One share with everything draws from all classes alike.
    const one = createSource(
      { ...presets[name], split: { kind: 'class', shares: 1, classes: name === 'ring' ? 8 : 10 } },
      null,
      noChunks,
    );
    expect(await one.real(3, 8, 8)).toEqual(await plain.real(3, 8, 8));
    expect(await plain.weight(1)).toBe(1);
  });
});

describe('stored data in shares', () => {
  const manifest: DataManifest = {
    size: 40,
    chunkSize: 8,
    exampleBytes: 1,
    classes: ['a', 'b', 'c'],
    path: '/data',
  };
  const labelOf = (example: number): number => (example * 7) % 3;
  const chunk = (index: number): Promise<Uint8Array> => {
    const labels = Uint16Array.from({ length: 8 }, (_, i) => labelOf(8 * index + i));
    return Promise.resolve(
      Uint8Array.from([
        ...Array.from({ length: 8 }, (_, i) => 8 * index + i),
        ...new Uint8Array(labels.buffer),
      ]),
    );
  };
  const allLabels = (): Promise<Uint8Array> =>
    Promise.resolve(new Uint8Array(Uint16Array.from({ length: 40 }, (_, i) => labelOf(i)).buffer));
  const config: RunConfig = {
    ...presets.digits,
    data: { source: 'idx', path: 'x', height: 1, width: 1, channels: 1, classes: 3 },
    batch: { global: 8, microbatch: 4, block: 1 },
  };
  const idsOf = (examples: Float32Array): number[] => [...examples].map((x) => Math.round((x + 1) * 127.5));

  it.each<RunConfig['split']>([
    { kind: 'class', shares: 2, classes: 2 },
    { kind: 'dirichlet', shares: 2, alpha: 1 },
    { kind: 'quantity', shares: 2, exponent: 1 },
  ])('is divided whole, each example to one share, and comes with its labels: $kind', async (split) => {
    const source = createSource({ ...config, split }, manifest, chunk, allLabels);
    const seen = [new Set<number>(), new Set<number>()];
    for (let step = 0; step < 12; step++) {
      for (const block of [0, 1]) {
        // oxlint-disable-next-line no-await-in-loop
        const { examples, labels } = await source.real(step, 4 * block, 4);
        const ids = idsOf(examples);
        expect([...labels]).toEqual(ids.map(labelOf));
        for (const id of ids) seen[block].add(id);
      }
    }
    expect([...seen[0], ...seen[1]].sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect(await source.weight(0)).toBeCloseTo(seen[0].size / 20, 12);
  });

  it('asks for the labels once, and again where they did not come', async () => {
    let asked = 0;
    const flaky = (): Promise<Uint8Array> => {
      asked += 1;
      return asked === 1 ? Promise.reject(new TypeError('offline')) : allLabels();
    };
    const source = createSource(
      { ...config, split: { kind: 'dirichlet', shares: 2, alpha: 1 } },
      manifest,
      chunk,
      flaky,
    );
    await expect(source.real(0, 0, 4)).rejects.toThrow('offline');
    await source.real(0, 0, 4);
    await source.weight(1);
    expect(asked).toBe(2);
  });
});
