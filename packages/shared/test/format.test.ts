import { describe, expect, test } from 'vitest';
import {
  formatBytes,
  formatChecksum,
  formatCount,
  formatDuration,
  formatMilliseconds,
  formatPercent,
  formatRate,
} from '../src/index.ts';

describe('quantities for people', () => {
  test('bytes take the unit that keeps them under a thousand, also where rounding would reach it', () => {
    expect([0, 999, 999_499, 999_500, 1_234_567, 5e9].map(formatBytes)).toEqual([
      '0 B',
      '999 B',
      '999 kB',
      '1 MB',
      '1.23 MB',
      '5 GB',
    ]);
  });

  test('durations show their two largest units', () => {
    expect([-1, 0.4, 59.4, 59.6, 250, 3599.6, 7500, 86_400, 100_000].map(formatDuration)).toEqual([
      '0 s',
      '0 s',
      '59 s',
      '1 min 00 s',
      '4 min 10 s',
      '1 h 00 min',
      '2 h 05 min',
      '1 d 0 h',
      '1 d 4 h',
    ]);
  });

  test('a small part is not called nothing, nor an almost whole one whole', () => {
    expect([0, 0.001, 0.146, 0.998, 1].map(formatPercent)).toEqual(['0%', '<1%', '15%', '>99%', '100%']);
  });

  test('other quantities keep three digits', () => {
    expect([0.5, 3.249, 42.04, 250, 1500].map(formatMilliseconds)).toEqual([
      '0.5 ms',
      '3.25 ms',
      '42 ms',
      '250 ms',
      '1.5 s',
    ]);
    expect([0, 9.999, 99.96, 15_234.5].map(formatRate)).toEqual(['0', '10', '100', '15,235']);
    expect(formatCount(1_234_567)).toBe('1,234,567');
    expect(formatChecksum(0xbeef)).toBe('0000beef');
  });
});
