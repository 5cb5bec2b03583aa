import { describe, expect, it } from 'vitest';
import {
  checkShares,
  divide,
  exp,
  parseConfig,
  planShares,
  presets,
  proportions,
  setField,
  type RunConfig,
  type Split,
} from '@gantry/shared';

const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);
const configured = (base: RunConfig, ...fields: readonly (readonly [string, string])[]): RunConfig =>
  parseConfig(fields.reduce((config, [path, text]) => setField(config, path, text), base));
const dirichlet = (alpha: number, shares = 4): Split => ({ kind: 'dirichlet', shares, alpha });

describe('parts of classes', () => {
  it.each<[string, Split]>([
    ['by class', { kind: 'class', shares: 4, classes: 3 }],
    ['by Dirichlet', dirichlet(0.1)],
    ['by quantity', { kind: 'quantity', shares: 4, exponent: 1.5 }],
  ])('add up to the whole, and are the same each time: %s', (_name, split) => {
    const parts = proportions(split, 3, 8);
    expect(parts).toHaveLength(8);
    for (const part of parts) {
      expect(part).toHaveLength(4);
      expect(Math.abs(sum(part) - 1)).toBeLessThan(1e-12);
    }
    expect(proportions(split, 3, 8)).toEqual(parts);
    if (split.kind !== 'quantity') expect(proportions(split, 4, 8)).not.toEqual(parts);
  });

  it('are of so many classes each, and of each class evenly, where split by class', () => {
    const parts = proportions({ kind: 'class', shares: 5, classes: 2 }, 1, 10);
    for (let share = 0; share < 5; share++) {
      expect(parts.filter((part) => part[share] > 0)).toHaveLength(2);
    }
    expect(parts.every((part) => part.every((each) => each === 0 || each === 1))).toBe(true);
    for (const part of proportions({ kind: 'class', shares: 10, classes: 2 }, 1, 10)) {
      expect(part.filter((each) => each === 0.5)).toHaveLength(2);
    }
  });

  it('have the mean and the variance of a Dirichlet distribution', () => {
    const shares = 4;
    for (const alpha of [0.1, 1, 10]) {
      const all = proportions(dirichlet(alpha, shares), 9, 4000).flatMap((part) => [...part]);
      const mean = sum(all) / all.length;
      const variance = sum(all.map((x) => (x - mean) ** 2)) / all.length;
      // Each coordinate: mean 1/S, variance (1/S)(1 − 1/S)/(Sα + 1).
      const expected = ((1 / shares) * (1 - 1 / shares)) / (shares * alpha + 1);
      expect(mean).toBeCloseTo(1 / shares, 10);
      expect(Math.abs(variance / expected - 1)).toBeLessThan(0.05);
    }
    // As good as one share for each class, and as good as even.
    const lone = proportions(dirichlet(0.001), 1, 200).filter((part) => Math.max(...part) > 0.99);
    expect(lone.length).toBeGreaterThan(190);
    expect(proportions(dirichlet(10_000), 1, 50).every((part) => Math.max(...part) < 0.27)).toBe(true);
  });

  it('fall by a power where split by quantity', () => {
    const [part] = proportions({ kind: 'quantity', shares: 4, exponent: 2 }, 1, 1);
    for (let k = 0; k < 4; k++) expect(part[k] / part[0]).toBeCloseTo((k + 1) ** -2, 12);
  });

  it('divide whole examples, each to one share', () => {
    const orders = [
      [4, 1, 9, 7],
      [0, 2, 3],
      [8, 6, 5],
    ];
    const shares = divide(
      orders,
      [Float64Array.of(0.5, 0.5), Float64Array.of(0, 1), Float64Array.of(1, 0)],
      2,
    );
    expect(shares.map((share) => [...share])).toEqual([
      [1, 4, 5, 6, 8],
      [0, 2, 3, 7, 9],
    ]);
    const many = [Array.from({ length: 1000 }, (_, i) => i)];
    for (const split of [dirichlet(0.3, 7), { kind: 'quantity', shares: 7, exponent: 1 } as const]) {
      const parts = proportions(split, 2, 1);
      const found = divide(many, parts, 7);
      expect(found.flatMap((share) => [...share]).sort((a, b) => a - b)).toEqual(many[0]);
      found.forEach(({ length }, k) => expect(Math.abs(length - 1000 * parts[0][k])).toBeLessThan(1));
    }
  });
});

describe('units', () => {
  // Four blocks of 32.
  const blocks = configured(presets.ring, ['batch.microbatch', '32']);
  const slots = configured(presets.ring, ['strategy', 'local'], ['strategy.slots', '5']);

  it('draw from shares in turn, each without a gap', () => {
    const split = dirichlet(1, 3);
    for (const [config, units, each] of [
      [blocks, 4, 32],
      [slots, 5, 128],
    ] as const) {
      const plan = planShares(split, config, [1, 1, 1]);
      const positions = Array.from({ length: split.shares }, (): number[] => []);
      for (const step of [0, 1, 2]) {
        for (let unit = 0; unit < units; unit++) {
          for (let i = 0; i < each; i++) {
            const { share, position } = plan.place(step, unit * each + i);
            expect(share).toBe(unit % 3);
            positions[share].push(position);
          }
        }
      }
      for (const found of positions) expect(found).toEqual(found.map((_, i) => i));
    }
  });

  it('count by the sizes of their shares, on average 1', () => {
    const plan = planShares(dirichlet(1, 3), slots, [60, 30, 10]);
    // Shares 0 and 1 have two slots each.
    expect([0, 1, 2, 3, 4].map((slot) => plan.weight(slot))).toEqual([1.5, 0.75, 0.5, 1.5, 0.75]);
    expect(() => planShares(dirichlet(1, 2), blocks, [5, 0])).toThrow(/share 1 of 2 gets no examples/);
  });

  it('are steps where a step is one lease: as often of a share as that is large', () => {
    const asynchronous = configured(presets.ring, ['strategy', 'asynchronous']);
    const plan = planShares(dirichlet(1, 3), asynchronous, [6, 3, 1]);
    const found = [0, 0, 0];
    for (let step = 0; step < 2000; step++) {
      const { share, position } = plan.place(step, 5);
      expect(plan.place(step, 120).share).toBe(share);
      expect(position).toBe(128 * step + 5);
      found[share] += 1;
    }
    [0.6, 0.3, 0.1].forEach((often, share) =>
      expect(Math.abs(found[share] / 2000 - often)).toBeLessThan(0.03),
    );
    expect(plan.weight(0)).toBe(1);
    // More shares than there are blocks.
    expect(() =>
      configured(asynchronous, ['split', '{"kind":"class","shares":8,"classes":1}']),
    ).not.toThrow();
  });
});

describe('a split is refused', () => {
  it.each<[RunConfig, string, RegExp]>([
    [presets.ring, 'identical', /identical/],
    [presets.ring, '{"kind":"class","shares":3,"classes":2}', /split\.shares.*3.*2 blocks of a step/],
    [
      configured(presets.ring, ['strategy', 'local']),
      '{"kind":"quantity","shares":3,"exponent":1}',
      /2 slots of a round/,
    ],
    [
      configured(presets.ring, ['batchNorm.statistics', 'local']),
      '{"kind":"quantity","shares":2,"exponent":1}',
      /shares of the data cannot be told apart/,
    ],
  ])('where no unit draws from a share, or several pass as one', (config, text, message) => {
    expect(() => configured(config, ['split', text])).toThrow(message);
  });

  it.each<[RunConfig['data'], Split, number, RegExp]>([
    [
      { source: 'ring' },
      { kind: 'class', shares: 2, classes: 9 },
      100,
      /split\.classes.*the data has 8 classes/,
    ],
    [
      { source: 'grid' },
      { kind: 'class', shares: 2, classes: 12 },
      100,
      /leave some of the 25 classes to nobody/,
    ],
    [
      { source: 'idx', path: 'x', height: 8, width: 8, channels: 1, classes: 0 },
      dirichlet(1, 2),
      100,
      /the data has no labels/,
    ],
    [{ source: 'ring' }, { kind: 'quantity', shares: 2, exponent: 10 }, 100, /share 1 of 2 gets no examples/],
  ])('where the data cannot be divided like that', (data, split, size, message) => {
    expect(() => checkShares({ ...presets.ring, data, split }, size)).toThrow(message);
  });

  it('has usual fields when named', () => {
    expect(configured(presets.digits, ['split.kind', 'dirichlet']).split).toEqual({
      kind: 'dirichlet',
      shares: 4,
      alpha: 0.5,
    });
    expect(configured(presets.digits, ['split.kind', 'class'], ['split.classes', '3']).split).toMatchObject({
      classes: 3,
    });
  });
});

it('e^x is what it should be', () => {
  for (let x = -600; x <= 600; x += 0.37) {
    expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThan(1e-13);
  }
  expect(exp(0)).toBe(1);
  expect(exp(-1e6)).toBe(0);
});
