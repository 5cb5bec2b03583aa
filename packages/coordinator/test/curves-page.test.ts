/** What the page makes of the run's course before it draws it. */
import { describe, expect, it } from 'vitest';
import type { PresenterSeries } from '@gantry/shared';
import { bucketAt, Course, emptyCourse, hearSeries } from '../src/dashboard/course.ts';
import { acrossOf, iterationAt } from '../src/dashboard/views/curves/heat-map.ts';
import { heatColour, heatScale, heatShare } from '../src/dashboard/views/curves/heat-scale.ts';
import {
  placeOf,
  smooth,
  smoothingScale,
  spread,
  valueRange,
} from '../src/dashboard/views/curves/smoothing.ts';

const message = (
  series: PresenterSeries['series'],
  change: Partial<PresenterSeries> = {},
): PresenterSeries => ({ type: 'series', set: 'curves', width: 1, whole: false, series, ...change });

describe('the course that the page keeps', () => {
  it('is the buckets that the coordinator told of, each as it was told last', () => {
    const run = (from: number, mean: (number | null)[]) => ({ from, mean, least: mean, greatest: mean });
    const first = hearSeries(emptyCourse, message({ a: run(2, [1, null]) }, { whole: true }));
    const second = hearSeries(first, message({ a: run(3, [5, 6]), b: { from: 0, mean: [7] } }));
    expect([...second.series]).toEqual([
      ['a', { mean: [null, null, 1, 5, 6], least: [null, null, 1, 5, 6], greatest: [null, null, 1, 5, 6] }],
      ['b', { mean: [7], least: [], greatest: [] }],
    ]);
  });

  it('is told anew as a whole, after each hello and when buckets have become wider', () => {
    const course = new Course();
    course.hear(
      message({ a: { from: 0, mean: [1, 2, 3, 4] }, gone: { from: 0, mean: [1] } }, { whole: true }),
    );
    course.hear(message({ a: { from: 0, mean: [1.5, 3.5] } }, { whole: true, width: 2 }));
    const { width, series } = course.set('curves').value;
    expect([width, [...series.keys()], series.get('a')?.mean]).toEqual([2, ['a'], [1.5, 3.5]]);
    expect(course.set('maps').value).toBe(emptyCourse);
  });

  it('is read at an iteration, or the latest before it that there is', () => {
    const values = [null, 1, null, 2, null];
    const at = (iteration: number | null): number | null => bucketAt({ width: 10 }, values, iteration);
    expect([at(null), at(1000), at(39), at(29), at(10), at(9)]).toEqual([3, 3, 3, 1, 1, null]);
  });
});

describe('what is drawn', () => {
  it('is smoothed without starting from zero, over gaps, and not at all where nobody asks for it', () => {
    expect(smooth([5, 5, 5], 2)).toEqual([5, 5, 5]);
    expect(smooth([0, 1], 10)[1]).toBeCloseTo(0.525, 3);
    const far = smooth([0, ...Array.from({ length: 99 }, () => null), 1], 10);
    expect(far[50]).toBeNull();
    expect(far[100]).toBeGreaterThan(0.999);
    expect(smooth([3, null, 1], 0)).toEqual([3, null, 1]);
    expect(smoothingScale(0, 1000)).toBe(0);
    expect(smoothingScale(1, 800)).toBe(100);
  });

  it('is not pressed flat by one spike, but what is smoothed stays in view', () => {
    const values = Array.from({ length: 1000 }, (_, index) => 1 + (index % 10) / 10);
    values[500] = 1000;
    expect(valueRange(values, [])[1]).toBeLessThan(3);
    expect(valueRange(values, [50])[1]).toBeGreaterThan(50);
    const [low, high] = valueRange([2, 2, null, 2], []);
    expect(high).toBeGreaterThan(2);
    expect(low).toBeLessThan(2);
  });

  it('has on a logarithmic axis only what is positive', () => {
    const [low, high] = valueRange([-5, 0, 0.01, 10], [], true);
    expect(low).toBeGreaterThan(0);
    expect(low).toBeLessThanOrEqual(0.01);
    expect(high).toBeGreaterThanOrEqual(10);
    expect([placeOf(0, 8, true), placeOf(0, 8, false), placeOf(3, 8, true)]).toEqual([4, 0, 24]);
  });

  it('is picked for the table evenly, the newest among them', () => {
    expect(spread(0, 20)).toEqual([]);
    expect(spread(1, 20)).toEqual([0]);
    expect(spread(101, 5)).toEqual([0, 25, 50, 75, 100]);
  });
});

describe('a heat map', () => {
  it('spreads its colours over the powers of ten that there are', () => {
    const scale = heatScale([[0.02, null, 3], [0]]);
    expect(scale).toEqual({ low: -2, high: 1 });
    expect(heatShare(10, scale)).toBe(1);
    expect(heatShare(0.01, scale)).toBe(0);
    expect(heatShare(0.1, scale)).toBeCloseTo(1 / 3);
    expect(heatShare(0, scale)).toBe(0); // has vanished
    expect(heatScale([[1e-30, 1]])).toEqual({ low: -12, high: 0 });
    expect(heatScale([[], [0]])).toEqual({ low: -1, high: 0 });
  });

  it('gets lighter with each step, for those who see no colours', () => {
    const light = (share: number): number => {
      const [red, green, blue] = heatColour(share);
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    for (let share = 0.05; share <= 1; share += 0.05)
      expect(light(share)).toBeGreaterThan(light(share - 0.05));
    expect(heatColour(2)).toEqual(heatColour(1));
  });

  it('has iterations where the charts have them', () => {
    for (const logarithmic of [false, true]) {
      const axis = { width: 1, from: 1, to: 1000, logarithmic };
      expect(iterationAt(acrossOf(100, axis), axis)).toBeCloseTo(100);
      expect([acrossOf(1, axis), acrossOf(1000, axis)]).toEqual([0, 1]);
    }
    expect(acrossOf(0, { width: 1, from: 0.5, to: 100, logarithmic: true })).toBe(0);
  });
});
