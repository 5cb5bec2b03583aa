import {
  beginRecord,
  limits,
  planModel,
  presetConfig,
  readRecords,
  recordBytes,
  recordLayout,
  type UpdateRecord,
} from '@gantry/shared';
import { describe, expect, it } from 'vitest';
import { BatchNormDrift, driftsOf } from '../src/training/batch-norm-drift.ts';
import { Trainer } from '../src/training/trainer.ts';

const config = presetConfig('digits-small');
const model = planModel(config);
const layout = recordLayout(model, 'generator');
const { batchNorm } = config;
const start = new Trainer(config, model).replica.generator.running;
const [first] = layout.batchNorms;

/** A block of 8 examples whose batch-norm inputs have this mean and this mean of squared deviations. */
function record(block: number, mean: number, spread: number): UpdateRecord {
  const payload = new Uint8Array(recordBytes(layout));
  const found = beginRecord(layout, payload, 0, { firstBlock: block, blocks: 1, examples: 8 });
  let at = layout.metricsLength + layout.saturationLength;
  for (const { channels, positions } of layout.batchNorms) {
    found.statistics.fill(mean, at, at + channels);
    found.statistics.fill(spread * 8 * positions, at + channels, at + 2 * channels);
    at += 2 * channels;
  }
  return readRecords([layout], payload, 1, 1)[0][0];
}

describe('the drift of batch-norm statistics between workers', () => {
  it('is the distance from what all examples give, in standard deviations, and the ratio of variances', () => {
    const drift = new BatchNormDrift(layout, batchNorm, start);
    drift.add(7, record(0, 1, 4));
    drift.add(9, record(1, -2, 1));
    drift.step();
    // Running statistics begin at 0 and 1; momentum 0.1; n values a worker, unbiased.
    const n = 8 * first.positions;
    const own = [0.9 + (0.1 * 4 * n) / (n - 1), 0.9 + (0.1 * n) / (n - 1)];
    // M2 of all: both M2, and 3² · n·n / 2n between the means.
    const all = 0.9 + (0.1 * (5 * n + 4.5 * n)) / (2 * n - 1);
    const { epsilon } = batchNorm;
    const seen = drift.look();
    expect(Object.keys(seen)).toEqual(['7', '9']);
    const distances = [0.1 * 1 - -0.05, -0.2 - -0.05].map((d) => Math.abs(d) / Math.sqrt(all + epsilon));
    const ratios = own.map((variance) => Math.abs(Math.log((variance + epsilon) / (all + epsilon))));
    expect(seen['7'][first.name].mean).toBeCloseTo(distances[0], 5);
    expect(seen['7'][first.name].variance).toBeCloseTo(ratios[0], 5);
    expect(seen['9'][first.name].mean).toBeCloseTo(distances[1], 5);
    expect(seen['9'][first.name].variance).toBeCloseTo(ratios[1], 5);
    expect(Object.keys(seen['7'])).toEqual(layout.batchNorms.map(({ name }) => name));
  });

  it('is none for a worker that computes everything', () => {
    const drift = new BatchNormDrift(layout, batchNorm, start);
    for (let step = 0; step < 5; step++) {
      drift.add(1, record(0, step, 2));
      drift.add(1, record(1, -step, 3));
      drift.step();
    }
    expect(drift.look()).toEqual({ 1: Object.fromEntries(layout.batchNorms.map(({ name }) => [name, { mean: 0, variance: 0 }])) }); // prettier-ignore
  });

  it('is told of those that had a part since the last look; a newcomer begins where all are', () => {
    const drift = new BatchNormDrift(layout, batchNorm, start);
    for (let step = 0; step < 40; step++) {
      drift.add(1, record(0, 5, 1));
      drift.step();
    }
    expect(Object.keys(drift.look())).toEqual(['1']);
    expect(drift.look()).toEqual({});
    drift.add(2, record(0, 5, 1));
    drift.step();
    const seen = drift.look();
    expect(Object.keys(seen)).toEqual(['2']);
    expect(seen['2'][first.name].mean).toBe(0);
  });

  it('forgets those not heard for longest', () => {
    const drift = new BatchNormDrift(layout, batchNorm, start);
    const block = record(0, 1, 1);
    for (let worker = 0; worker < limits.workers + 2; worker++) {
      drift.add(worker, block);
      if (worker > 0 && worker < limits.workers) drift.add(1, block);
    }
    const kept = Object.keys(drift.look());
    expect(kept).toHaveLength(limits.workers);
    expect(kept).toContain('1');
    expect(kept).not.toContain('0');
    expect(kept).not.toContain('2');
  });

  it('is not looked at without batch norm, nor with diagnostics.every 0', () => {
    const of = (changed: typeof config) => {
      const { layouts, replica } = new Trainer(changed, planModel(changed));
      return Object.keys(driftsOf(changed, layouts, replica));
    };
    expect(of(config)).toEqual(['discriminator', 'generator']);
    expect(of({ ...config, diagnostics: { every: 0 } })).toEqual([]);
    expect(of(presetConfig('ring'))).toEqual([]);
  });

  it('forgets a step that begins anew', () => {
    const look = (interrupted: boolean): unknown => {
      const drift = new BatchNormDrift(layout, batchNorm, start);
      if (interrupted) {
        drift.add(7, record(0, 5, 9));
        drift.forget();
      }
      drift.add(7, record(0, 1, 4));
      drift.add(9, record(1, -2, 1));
      drift.step();
      return drift.look();
    };
    expect(look(true)).toEqual(look(false));
  });
});
