/** Aggregations that a few wrong blocks cannot move far, against values worked out by hand and by sorting. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCodec, parseConfig, presetConfig, setField } from '@gantry/shared';
import { RobustSum, type RobustAggregation } from '../src/training/robust-sum.ts';

const codec = createCodec('float32', { topkShare: 1 });
const bytes = (values: readonly number[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(new Float32Array(values).buffer);

function aggregated(aggregation: RobustAggregation, blocks: readonly (readonly number[])[]): number[] {
  const sum = new RobustSum(codec, blocks[0].length, blocks.length, aggregation);
  sum.begin();
  blocks.forEach((values, block) => sum.add(block, bytes(values)));
  return [...sum.total()];
}

describe('clipping', () => {
  it('shortens what is longer than so many times the median norm, and keeps its direction', () => {
    // Norms 5, 5, 10 and 50; the median is 7.5, and twice that 15.
    const blocks = [[3, 4], [4, 3], [6, 8], [-40, 30]]; // prettier-ignore
    expect(aggregated({ kind: 'clipped', factor: 2 }, blocks)).toEqual([3 + 4 + 6 - 12, 4 + 3 + 8 + 9]);
  });

  it('is the sum where nothing is too long', () => {
    expect(aggregated({ kind: 'clipped', factor: 1000 }, [[1, 2], [3, 4], [5, -6]])).toEqual([9, 0]); // prettier-ignore
  });
});

describe('the median and the trimmed mean', () => {
  it('take the middle of each coordinate, times the blocks', () => {
    const blocks = [[1, 100], [2, -7], [1e6, 3], [3, 4], [-1e6, 5]]; // prettier-ignore
    expect(aggregated({ kind: 'median' }, blocks)).toEqual([5 * 2, 5 * 4]);
    expect(aggregated({ kind: 'median' }, blocks.slice(0, 4))).toEqual([4 * 2.5, 4 * 3.5]);
    expect(aggregated({ kind: 'trimmed', trim: 0.2 }, blocks)).toEqual([5 * 2, 5 * 4]);
    expect(aggregated({ kind: 'trimmed', trim: 0.1 }, blocks)).toEqual([6, 105]);
  });

  it('stay within what the honest ones say, whatever fewer than half say', () => {
    const numbers = fc.array(fc.float({ noNaN: true, min: -10, max: 10 }), { minLength: 3, maxLength: 3 });
    const lies = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(
        fc.array(numbers, { minLength: 3, maxLength: 9 }),
        fc.array(lies, { maxLength: 2 }),
        (honest, wrong) => {
          const all = [...wrong, ...honest];
          const found = aggregated({ kind: 'median' }, all);
          found.forEach((value, i) => {
            const said = honest.map((values) => Math.fround(values[i]));
            expect(value / all.length).toBeGreaterThanOrEqual(Math.min(...said) - 1e-5);
            expect(value / all.length).toBeLessThanOrEqual(Math.max(...said) + 1e-5);
          });
        },
      ),
      { seed: 3 },
    );
  });
});

it('a step is not complete before each block has come', () => {
  const sum = new RobustSum(codec, 1, 2, { kind: 'median' });
  sum.add(0, bytes([1]));
  expect(() => sum.total()).toThrow('summed before all of its blocks came');
});

describe('a configuration', () => {
  const config = (...set: readonly (readonly [string, string])[]) =>
    parseConfig(set.reduce((all, [path, value]) => setField(all, path, value), presetConfig('ring')));

  it('names an aggregation, with its usual field', () => {
    expect(config(['aggregation.kind', 'trimmed']).aggregation).toEqual({ kind: 'trimmed', trim: 0.2 });
    expect(config(['aggregation.kind', 'clipped'], ['aggregation.factor', '3']).aggregation).toEqual({
      kind: 'clipped',
      factor: 3,
    });
  });

  it.each([
    ['codec.up', 'topk'],
    ['batchNorm.statistics', 'local'],
  ])('cannot have one with %s %s, whose blocks do not come by themselves', (path, value) => {
    expect(() => config(['aggregation.kind', 'median'], [path, value])).toThrow(
      `Configuration field ${path} cannot be "${value}": with aggregation.kind median each block must come by itself`,
    );
  });
});
