/** When two workers count as having computed the same. */
import { describe, expect, it } from 'vitest';
import {
  beginRecord,
  parseConfig,
  planModel,
  presetConfig,
  recordBytes,
  setField,
  wireLayouts,
  type CodecName,
  type PhaseName,
  type UpdateRecord,
} from '@gantry/shared';
import { Opinions } from '../src/training/opinions.ts';

const phase = 'generator';
const configOf = (up: CodecName) => parseConfig(setField(presetConfig('ring'), 'codec.up', up));
const layoutsOf = (up: CodecName) => wireLayouts(planModel(configOf(up)), configOf(up));

/** Numbers as a gradient may have them, `change` on top, in a codec. */
function recordOf(up: CodecName, change: (value: number, i: number) => number, statistic = 1): UpdateRecord {
  const layout = layoutsOf(up)[phase];
  const payload = new Uint8Array(recordBytes(layout));
  const record = beginRecord(layout, payload, 0, { firstBlock: 0, blocks: 1, examples: 64 });
  const gradient = Float32Array.from({ length: layout.gradientLength }, (_, i) => change(Math.sin(i + 1), i));
  layout.codec.encode(gradient, record.encoded, { seed: 1, purpose: 'rounding' });
  record.statistics.fill(statistic);
  return record;
}

type Backend = 'wasm' | 'webgl' | 'cpu';
function compare(
  up: CodecName,
  [one, other]: readonly [UpdateRecord, UpdateRecord],
  [first, second]: readonly [Backend, Backend] = ['wasm', 'wasm'],
): boolean {
  const opinions = new Opinions(layoutsOf(up));
  const received = (record: UpdateRecord, of: PhaseName = phase) => [{ phase: of, record }];
  expect(opinions.add(1, first, 5, '0+1', received(one))).toEqual({ agrees: [], differs: [] });
  const { agrees, differs } = opinions.add(2, second, 5, '0+1', received(other));
  expect([...agrees, ...differs]).toEqual([1]);
  return agrees.length === 1;
}

const same = (value: number): number => value;
const off = (by: number) => (value: number, i: number) => value + (i % 2 === 0 ? by : -by);

describe('two opinions', () => {
  it.each(['float32', 'float16', 'int8'] as const)(
    'agree where they are equal, and not with signs turned (%s)',
    (up) => {
      expect(compare(up, [recordOf(up, same), recordOf(up, same)])).toBe(true);
      expect(compare(up, [recordOf(up, same), recordOf(up, (value) => -value)])).toBe(false);
      expect(compare(up, [recordOf(up, same), recordOf(up, (value) => 1.2 * value)])).toBe(false);
    },
  );

  it.each([
    ['wasm', 'wasm', 1e-6, true],
    ['wasm', 'wasm', 1e-4, false],
    ['webgl', 'wasm', 1e-4, true],
    ['webgl', 'webgl', 1e-4, true],
    ['webgl', 'wasm', 1e-2, false],
    ['cpu', 'wasm', 1e-5, true],
    ['cpu', 'wasm', 1e-3, false],
  ] as const)('%s and %s that are %s apart: %s', (first, second, by, agree) => {
    const pair = [recordOf('float32', same), recordOf('float32', off(by))] as const;
    expect(compare('float32', pair, [first, second])).toBe(agree);
  });

  it.each([
    ['float16', true],
    ['int8', true],
  ] as const)('between backends may differ by what %s makes of last bits', (up, agree) => {
    const pair = [recordOf(up, same), recordOf(up, off(1e-5))] as const;
    expect(compare(up, pair, ['webgl', 'wasm'])).toBe(agree);
  });

  it('differ where only the statistics do', () => {
    const pair = [recordOf('float32', same), recordOf('float32', same, 1.01)] as const;
    expect(compare('float32', pair)).toBe(false);
    const far = [recordOf('float32', same), recordOf('float32', same, 20)] as const;
    expect(compare('float32', far, ['webgl', 'wasm'])).toBe(false);
  });

  it('between backends may count some examples differently, and have no other batch-norm statistics', () => {
    const config = parseConfig(presetConfig('digits-small'));
    const layouts = wireLayouts(planModel(config), config);
    const layout = layouts.discriminator;
    const [metrics, all] = [layout.metricsLength + layout.saturationLength, layout.statisticsLength];
    /** Changes the statistics of a record that has losses, counts, means near 0, and sums of squares. */
    const record = (change: (statistics: Float32Array) => void = () => undefined) => {
      const payload = new Uint8Array(recordBytes(layout));
      const made = beginRecord(layout, payload, 0, { firstBlock: 0, blocks: 1, examples: 16 });
      made.statistics.fill(8, 0, metrics);
      let at = metrics;
      for (let pass = 0; pass < 2; pass++) {
        for (const { channels, positions } of layout.batchNorms) {
          made.statistics.fill(0.004, at, at + channels);
          made.statistics.fill(16 * positions, at + channels, at + 2 * channels);
          at += 2 * channels;
        }
      }
      expect(at).toBe(all);
      change(made.statistics);
      return [{ phase: 'discriminator', record: made }] as const;
    };
    const agree = (change: (statistics: Float32Array) => void, second: Backend): boolean => {
      const opinions = new Opinions(layouts);
      opinions.add(1, 'wasm', 5, '0+1', record());
      return opinions.add(2, second, 5, '0+1', record(change)).agrees.length === 1;
    };
    const fakeAccuracy = 3;
    expect(agree((statistics) => (statistics[fakeAccuracy] += 1), 'webgl')).toBe(true);
    expect(agree((statistics) => (statistics[fakeAccuracy] += 1), 'wasm')).toBe(false);
    expect(agree((statistics) => (statistics[metrics] += 1e-4), 'webgl')).toBe(true);
    expect(agree((statistics) => (statistics[metrics] += 0.1), 'webgl')).toBe(false);
    expect(agree((statistics) => (statistics[0] += 1), 'webgl')).toBe(false);
  });

  it('are kept though the frame that they came in is used again, and let go with the step', () => {
    const opinions = new Opinions(layoutsOf('float32'));
    const record = recordOf('float32', same);
    opinions.add(1, 'wasm', 5, '0+1', [{ phase, record }]);
    record.encoded.fill(0);
    const fresh = { phase, record: recordOf('float32', same) } as const;
    expect(opinions.add(2, 'wasm', 5, '0+1', [fresh])).toEqual({ agrees: [1], differs: [] });
    expect(opinions.add(3, 'wasm', 6, '0+1', [fresh])).toEqual({ agrees: [], differs: [] });
    opinions.forget(5);
    expect(opinions.add(4, 'wasm', 5, '0+1', [fresh])).toEqual({ agrees: [], differs: [] });
    opinions.advance(100);
    expect(opinions.add(4, 'wasm', 6, '0+1', [fresh])).toEqual({ agrees: [], differs: [] });
  });
});
