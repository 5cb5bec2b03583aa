/** The report's statistics against printed tables, closed forms and sums by hand. */
import { describe, expect, test } from 'vitest';
import {
  pairedDifference,
  spreadOf,
  studentProbability,
  studentQuantile,
} from '../src/lab/report/statistics.ts';

describe("Student's t", () => {
  // As printed in tables of the two-sided 95 % and 99 % points (Fisher and Yates).
  test.each([
    [1, 12.706, 63.657],
    [2, 4.303, 9.925],
    [3, 3.182, 5.841],
    [4, 2.776, 4.604],
    [5, 2.571, 4.032],
    [9, 2.262, 3.25],
    [10, 2.228, 3.169],
    [29, 2.045, 2.756],
    [30, 2.042, 2.75],
    [120, 1.98, 2.617],
  ])('with %i degrees of freedom has the points of the tables', (freedom, at95, at99) => {
    expect(studentQuantile(0.975, freedom)).toBeCloseTo(at95, 3);
    expect(studentQuantile(0.995, freedom)).toBeCloseTo(at99, 3);
  });

  test('has the closed forms of one and two degrees of freedom, and comes to the normal distribution', () => {
    for (const t of [0, 0.3, 1, 4, 50]) {
      expect(studentProbability(t, 1)).toBeCloseTo(0.5 + Math.atan(t) / Math.PI, 14);
      expect(studentProbability(t, 2)).toBeCloseTo(0.5 + t / (2 * Math.sqrt(2 + t * t)), 14);
    }
    expect(studentQuantile(0.975, 9999)).toBeCloseTo(1.96, 3);
    expect(studentQuantile(0.5, 7)).toBeCloseTo(0, 12);
  });
});

describe('a paired difference', () => {
  test('has the interval that Gosset computed for the sleep of ten patients', () => {
    // "The probable error of a mean", 1908: additional hours of sleep, laevo less dextro hyoscyamine.
    const hours = [1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4];
    const found = pairedDifference(hours);
    expect(found?.n).toBe(10);
    expect(found?.mean).toBeCloseTo(1.58, 12);
    // As R has it: t.test(extra ~ group, data = sleep, paired = TRUE).
    expect(found?.interval?.low).toBeCloseTo(0.7001142, 6);
    expect(found?.interval?.high).toBeCloseTo(2.4598858, 6);
  });

  test('of two pairs is as wide as one degree of freedom makes it', () => {
    // Mean 2, half the distance 1: 2 ± 12.706.
    const found = pairedDifference([1, 3]);
    expect(found?.interval?.low).toBeCloseTo(2 - 12.7062, 3);
    expect(found?.interval?.high).toBeCloseTo(2 + 12.7062, 3);
  });

  test('of one pair has no interval, of none is nothing, and of equal ones is exact', () => {
    expect(pairedDifference([0.25])).toEqual({ n: 1, mean: 0.25, interval: null });
    expect(pairedDifference([])).toBeNull();
    expect(pairedDifference([0.1, 0.1, 0.1])).toEqual({
      n: 3,
      mean: 0.1,
      interval: { low: 0.1, high: 0.1 },
    });
  });
});

describe('a spread', () => {
  test('is the median between least and greatest, without what is not there', () => {
    expect(spreadOf([3, null, 1, NaN, 2])).toEqual({ n: 3, median: 2, least: 1, greatest: 3 });
    expect(spreadOf([4, 1])).toEqual({ n: 2, median: 2.5, least: 1, greatest: 4 });
    expect(spreadOf([null, NaN])).toBeNull();
  });
});
