import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  blocksPerStep,
  exchangeLength,
  mergeExchange,
  planModel,
  presets,
  setField,
  type ExchangeSpec,
  type Frame,
  type PhaseName,
  type RunConfig,
} from '@gantry/shared';
import { coreSettings } from '../src/core/settings.ts';
import { checkContribution } from '../src/run/check.ts';
import { Exchanges } from '../src/training/exchange.ts';

const config: RunConfig = {
  ...presets['digits-small'],
  batchNorm: { ...presets['digits-small'].batchNorm, statistics: 'global' },
};
const model = planModel(config);
const blocks = blocksPerStep(config.batch);
const all = Array.from({ length: blocks }, (_, block) => block);
let now = 0;
const exchanges = new Exchanges(config, model, () => now);

/** What blocks contribute: the large numbers leave other rests of the small ones in another order. */
const contributionOf = (spec: ExchangeSpec, block: number): Float32Array<ArrayBuffer> =>
  Float32Array.from(
    { length: exchangeLength(spec) },
    (_, i) => (1 + Math.abs(Math.sin(i + 1))) * [2 ** 60, -(2 ** 60), 1, 3][block],
  );

/** Blocks in some order, cut into leases. */
const shared = fc
  .tuple(
    fc.shuffledSubarray(all, { minLength: blocks }),
    fc.array(fc.boolean(), { minLength: blocks, maxLength: blocks }),
  )
  .map(([order, cuts]) => {
    const leases: number[][] = [];
    order.forEach((block, i) => {
      const last = leases.at(-1);
      if (last === undefined || cuts[i]) leases.push([block]);
      else last.push(block);
    });
    return leases.map((lease) => lease.toSorted((a, b) => a - b));
  });

function add(spec: ExchangeSpec, lease: readonly number[]): void {
  const length = exchangeLength(spec);
  const values = new Float32Array(lease.length * length);
  lease.forEach((block, i) => values.set(contributionOf(spec, block), i * length));
  exchanges.add(lease, values, 48 + values.byteLength);
}

describe('an exchange', () => {
  it('comes to the same bits whoever contributed what, in whatever order', () => {
    for (const phase of ['discriminator', 'generator'] as const) {
      exchanges.specs[phase].forEach((spec, index) => {
        exchanges.restart();
        for (const block of all) add(spec, [block]);
        const inOrder = exchanges.merge(phase, index);
        fc.assert(
          fc.property(shared, (leases) => {
            for (const lease of leases) add(spec, lease);
            expect(exchanges.merge(phase, index)).toEqual(inOrder);
          }),
          { seed: 4, numRuns: 20 },
        );
      });
    }
  });

  it('is the merge of its parts, and parts of no examples count for nothing', () => {
    const [forward] = exchanges.specs.discriminator;
    const parts = all.map((block) => contributionOf(forward, block % 2 === 0 ? 2 : 3));
    const merged = new Float32Array(exchangeLength(forward));
    mergeExchange(forward, parts, 8, merged);
    const channels = forward.layer.channels;
    for (let c = 0; c < channels; c++) {
      const mean = parts.reduce((sum, part) => sum + part[c], 0) / parts.length;
      const n = 8 * forward.layer.positions;
      const m2 = parts.reduce((sum, part) => sum + part[channels + c] + n * (part[c] - mean) ** 2, 0);
      expect(merged[c] / mean).toBeCloseTo(1, 6);
      expect(merged[channels + c] / m2).toBeCloseTo(1, 6);
    }
    mergeExchange(forward, [new Float32Array(exchangeLength(forward)).fill(NaN)], 0, merged);
    expect(merged).toEqual(new Float32Array(merged.length));
  });

  it('forgets what was contributed when its step begins anew, and tells what all of it cost', () => {
    const { specs } = exchanges;
    const [spec] = specs.generator;
    const values = contributionOf(spec, 0);
    exchanges.restart();
    exchanges.finish('generator');
    exchanges.add(
      [3],
      values.map((value) => 2 * value),
      7,
    );
    exchanges.restart();
    now = 10;
    exchanges.add([0], values, 100);
    now = 25;
    exchanges.add([1], values, 100);
    exchanges.merge('generator', 0);
    exchanges.sent(60);
    exchanges.sent(60);
    expect(exchanges.finish('generator')).toEqual({
      exchanges: 1,
      exchangeMilliseconds: 15,
      exchangeBytesUp: 207,
      exchangeBytesDown: 120,
    });
    const none = new Exchanges(presets['digits-small'], model, () => now);
    expect(none.specs).toEqual({ discriminator: [], generator: [] });
    expect(none.finish('generator')).toBeNull();
  });
});

describe('a contribution', () => {
  const frame = (count: number, values: Float32Array<ArrayBuffer>): Frame => ({
    header: {
      kind: 'contribution',
      codec: 'float32',
      incarnation: 1,
      lease: 7,
      version: 0,
      phase: 'discriminator',
      count,
      replica: 0,
      base: 0,
      took: 0,
    },
    payload: new Uint8Array(values.buffer),
  });
  const task = { kind: 'step', blocks: [0, 2] } as const;
  const check =
    (count: number, values: Float32Array<ArrayBuffer>, phase: PhaseName = 'discriminator') =>
    () =>
      checkContribution(frame(count, values), task, exchanges.specs[phase], config);
  const length = 2 * exchangeLength(exchanges.specs.discriminator[0]);
  const of = (value: number, at = 0): Float32Array<ArrayBuffer> =>
    new Float32Array(length).fill(value, at, at + 1);
  const { channels } = exchanges.specs.discriminator[0].layer;
  const backward = exchanges.specs.discriminator.findIndex(({ direction }) => direction === 'backward');

  it('of the right size, with finite numbers, is taken', () => {
    expect(check(0, of(-5))).not.toThrow();
    expect(check(0, of(1e30, channels))).not.toThrow();
    const sums = new Float32Array(2 * exchangeLength(exchanges.specs.discriminator[backward])).fill(-1e30);
    expect(check(backward, sums)).not.toThrow();
  });

  it.each([
    ['an exchange that its step does not have', () => check(99, of(0)), 'exchange 99'],
    ['a number too few', () => check(0, new Float32Array(length - 1)), `${4 * length - 4} bytes`],
    ['one block only', () => check(0, new Float32Array(length / 2)), `${2 * length} bytes`],
    ['a negative sum of squares', () => check(0, of(-1, channels)), 'sum of squares'],
  ])('with %s is refused', (_name, attempt, says) => {
    expect(attempt()).toThrow(says);
    expect(attempt()).toThrow(expect.objectContaining({ code: 'UPDATE_INVALID' }));
  });

  it.each([
    ['NaN', NaN, 0],
    ['infinity', Infinity, channels],
    ['a mean whose square is beyond float32', 1e20, 0],
  ])('that holds %s is refused as not finite', (_name, value, at) => {
    expect(check(0, of(value, at))).toThrow('not finite');
  });

  it('for a sample sheet is refused', () => {
    expect(() =>
      checkContribution(
        frame(0, of(0)),
        { kind: 'evaluation', iteration: 0, picture: null, microbatches: 4 },
        exchanges.specs.generator,
        config,
      ),
    ).toThrow('a sample sheet was leased');
  });
});

describe('a model that is too large for lock step', () => {
  it('is refused where all blocks of a step do not fit one frame, with the remedy', () => {
    const large: RunConfig = {
      ...setField(config, 'model.width', '256'),
      batch: { global: 64, microbatch: 8, block: 1 },
    };
    expect(() => coreSettings(large, planModel(large), 100, [1, 2])).toThrow(/batch\.block.*raise it/);
    const remedied = { ...large, batch: { ...large.batch, block: 8 } };
    expect(() => coreSettings(remedied, planModel(remedied), 100, [1, 2])).not.toThrow();
    const microbatch = { ...large, batchNorm: { ...large.batchNorm, statistics: 'microbatch' } } as const;
    expect(() => coreSettings(microbatch, planModel(microbatch), 100, [1, 2])).not.toThrow();
  });
});
