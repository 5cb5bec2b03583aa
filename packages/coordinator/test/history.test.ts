/** The course of a run: thinned without losing a spike, in bounded memory, and the same after the run goes on. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Buckets } from '../src/run/buckets.ts';
import { RunHistory } from '../src/run/history.ts';
import { readHistory } from '../src/run/past.ts';
import { seriesSource } from '../src/server/presenter/series.ts';
import { MemoryDisk } from './support/memory-disk.ts';

const never = { version: Infinity, iteration: Infinity };

describe('buckets', () => {
  it('have the mean and the extremes of all that came, whatever its order', () => {
    const numbers = fc.array(
      fc.record({ iteration: fc.nat(999), value: fc.integer({ min: -99, max: 99 }) }),
      { minLength: 1, maxLength: 300 },
    );
    fc.assert(
      fc.property(numbers, (all) => {
        const buckets = new Buckets(8, 1, true);
        for (const { iteration, value } of all) buckets.add(iteration, 'a', value);
        const { mean, least = [], greatest = [] } = buckets.all().a;
        mean.forEach((found, bucket) => {
          const inside = all
            .filter(({ iteration }) => Math.floor(iteration / buckets.width) === bucket)
            .map(({ value }) => value);
          if (inside.length === 0) {
            expect([found, least[bucket], greatest[bucket]]).toEqual([null, null, null]);
            return;
          }
          const sum = inside.reduce((a, b) => a + b, 0);
          expect(found).toBeCloseTo(sum / inside.length, 2);
          expect([least[bucket], greatest[bucket]]).toEqual([Math.min(...inside), Math.max(...inside)]);
        });
        expect(mean.length).toBe(
          Math.max(...all.map(({ iteration }) => Math.floor(iteration / buckets.width))) + 1,
        );
      }),
      { seed: 1 },
    );
  });

  it('are as many after a million iterations as they may be, and keep one spike', () => {
    const buckets = new Buckets(2048, 10, true);
    for (let i = 0; i < 1_000_000; i++) buckets.add(i, 'loss', i === 123_456 ? 1000 : 1);
    const { mean, greatest } = buckets.all().loss;
    expect(mean.length).toBeLessThanOrEqual(2048);
    expect(mean.length).toBeGreaterThan(1024);
    expect(greatest?.[Math.floor(123_456 / buckets.width)]).toBe(1000);
    expect(greatest?.filter((each) => each === 1000)).toHaveLength(1);
  });

  it('tell what changed, once; and all of it when they have become wider', () => {
    const buckets = new Buckets(4, 10, false);
    buckets.add(0, 'a', 1);
    buckets.add(3, 'a', 3);
    buckets.add(1, 'b', 5);
    expect(buckets.takeNews()).toEqual({
      whole: false,
      series: { a: { from: 0, mean: [1, null, null, 3] }, b: { from: 1, mean: [5] } },
    });
    buckets.add(3, 'a', 5);
    expect(buckets.takeNews()).toEqual({ whole: false, series: { a: { from: 3, mean: [4] } } });
    expect(buckets.takeNews().series).toEqual({});
    buckets.add(4, 'b', 1);
    expect(buckets.width).toBe(2);
    expect(buckets.takeNews()).toEqual({
      whole: true,
      series: { a: { from: 0, mean: [1, 4] }, b: { from: 0, mean: [5, null, 1] } },
    });
  });

  it('leave out what is not a number, and series beyond so many', () => {
    const buckets = new Buckets(4, 1, false);
    for (const value of [NaN, Infinity, 2]) buckets.add(0, 'a', value);
    buckets.add(0, 'b', 1);
    expect(buckets.all()).toEqual({ a: { from: 0, mean: [2] } });
  });
});

const step = (version: number, loss = version) => ({
  type: 'step',
  version,
  iteration: version >> 1,
  phase: version % 2 === 0 ? 'discriminator' : 'generator',
  loss,
  ...(version % 2 === 0 ? { penalty: 0, realAccuracy: 0.75, fakeAccuracy: 0.5 } : { fakeAccuracy: 0.25 }),
  gradientNorms: { dense0: 2, dense1: 1 },
});

describe('the history of a run', () => {
  it('is made of what is logged', () => {
    const history = new RunHistory();
    history.hear(step(0, 0.5));
    history.hear(step(1, 0.7));
    const place = { version: 0, iteration: 0, phase: 'discriminator', step: 0 };
    const layers = { norm0: { mean: 0.1, variance: 0.4 }, norm1: { mean: 0.3, variance: 0.2 } };
    history.hear({ type: 'batch-norm-drift', ...place, workers: { 7: layers } });
    history.hear({ type: 'sheet', iteration: 1, file: '00000001.png', modes: 3, samples: 512 });
    history.hear({ type: 'worker-joined', worker: 1, name: 'Heron', back: false });
    const one = (value: number) => ({ from: 1, mean: [value], least: [value], greatest: [value] });
    const { curves, maps } = history.sets;
    expect(curves.takeNews().series).toEqual({
      'loss/discriminator': one(0.5),
      'accuracy/real': one(0.75),
      'accuracy/fake': one(0.5),
      'loss/generator': one(0.7),
      'measure/modes': one(3),
    });
    expect(maps.takeNews().series).toEqual({
      'norm/discriminator/dense0': { from: 1, mean: [2] },
      'norm/discriminator/dense1': { from: 1, mean: [1] },
      'norm/generator/dense0': { from: 1, mean: [2] },
      'norm/generator/dense1': { from: 1, mean: [1] },
      'drift-mean/discriminator/7': { from: 1, mean: [0.3] },
      'drift-variance/discriminator/7': { from: 1, mean: [0.4] },
    });
  });

  it('puts a round where it ends', () => {
    const history = new RunHistory();
    history.hear({ ...step(0), iteration: 40, iterations: 20 });
    expect(history.sets.curves.takeNews().series['loss/discriminator'].from).toBe(60);
  });
});

describe('what a page is told of the history', () => {
  it('is under a megabyte of 50,000 iterations and 24 layers, and under 2 kB then', () => {
    const history = new RunHistory();
    const layers = Array.from({ length: 12 }, (_, i) => [`block${i}/conv0`, Math.PI * 10 ** -i]);
    const entry = (version: number) => ({
      ...step(version),
      loss: Math.PI,
      gradientNorms: Object.fromEntries(layers),
    });
    for (let version = 0; version < 100_000; version++) history.hear(entry(version));
    const source = seriesSource({ history });
    const bytes = (messages: readonly object[]): number => JSON.stringify(messages).length;
    expect(bytes(source.welcome())).toBeLessThan(1e6);
    expect(bytes(source.welcome())).toBeGreaterThan(1e5);
    source.tick();
    for (const version of [100_000, 100_001]) history.hear(entry(version));
    expect(bytes(source.tick())).toBeLessThan(2000);
    expect(source.tick()).toEqual([]);
  });
});

describe('the history of a run that goes on', () => {
  const path = '/run/events.jsonl';
  async function read(lines: readonly (object | string)[], reach = never): Promise<RunHistory> {
    const disk = new MemoryDisk();
    await disk.makeDirectory('/run');
    const file = await disk.open(path, 'a');
    const text = lines.map((line) =>
      typeof line === 'string' ? line : JSON.stringify({ time: 1, ...line }),
    );
    await file.write(new TextEncoder().encode(`${text.join('\n')}\n`));
    return readHistory(path, reach, disk);
  }
  const begun = (type: string, version: number) => ({ type, version, iteration: version >> 1 });

  it('is that of the log up to where it goes on, of repeated steps the later', async () => {
    const lines = [
      begun('started', 0),
      ...[0, 1, 2, 3, 4, 5, 6, 7].map((version) => step(version, 100)),
      { type: 'sheet', iteration: 3, modes: 100 },
      begun('resumed', 4),
      ...[4, 5].map((version) => step(version, 200)),
      begun('resumed', 2), // the checkpoint of version 4 was damaged
      ...[2, 3, 4, 5].map((version) => step(version, 300)),
      { type: 'sheet', iteration: 2, modes: 3 },
    ];
    const { curves } = (await read(lines, { version: 4, iteration: 2 })).sets;
    expect(curves.all()['loss/discriminator'].mean).toEqual([null, 100, 300]);
    expect(curves.all()['loss/generator'].mean).toEqual([null, 100, 300]);
    expect(curves.all()['measure/modes'].mean).toEqual([null, null, 3]);
  });

  it('does not have what came before the run began anew', async () => {
    const lines = [begun('started', 0), step(0, 100), begun('started', 0), step(0, 200)];
    const { curves } = (await read(lines)).sets;
    expect(curves.all()['loss/discriminator'].mean).toEqual([null, 200]);
  });

  it('passes over damaged lines, and lines across the ends of the buffer', async () => {
    const long = { type: 'worker-joined', name: 'é'.repeat(400_000) };
    const lines = [begun('started', 0), step(0), long, '{"time":1,"type":"step","vers', long, long, step(2)];
    const { curves } = (await read(lines)).sets;
    expect(curves.all()['loss/discriminator'].mean).toEqual([null, 0, 2]);
  });

  it('is empty where there is no log', async () => {
    const history = await readHistory('/none.jsonl', never, new MemoryDisk());
    expect(history.sets.curves.all()).toEqual({});
  });
});
