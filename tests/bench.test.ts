import { describe, expect, it } from 'vitest';
import { chooseRows, unmatched } from './bench/harness/choose.ts';
import { withTable } from './bench/harness/markdown.ts';
import { readOptions } from './bench/harness/options.ts';
import { alternate, summarise } from './bench/harness/pairs.ts';
import { resultOf } from './bench/harness/result.ts';
import type { Measured } from './bench/harness/row.ts';
import { median, quantile } from './bench/harness/statistics.ts';
import { formatFigure, resultLines } from './bench/harness/table.ts';

describe('statistics of the bench', () => {
  it('take the middle, and go between the middle two', () => {
    expect(median([3, 100, 1])).toBe(3);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNaN();
    expect(quantile([0, 10, 20, 30, 40], 0.25)).toBe(10);
    expect(quantile([0, 10], 0.75)).toBe(7.5);
  });
});

describe('pairs', () => {
  it('are measured alternately', async () => {
    const order: string[] = [];
    const side = (name: string, value: number) => (): Promise<number> => {
      order.push(name);
      return Promise.resolve(value);
    };
    const told: number[] = [];
    const pairs = await alternate(2, { value: side('A', 6), baseline: side('B', 2) }, (n) => told.push(n));
    expect(order).toEqual(['A', 'B', 'A', 'B']);
    expect(told).toEqual([1, 2]);
    expect(pairs).toEqual([
      { value: 6, baseline: 2 },
      { value: 6, baseline: 2 },
    ]);
  });

  it('give the ratio of neighbours, whatever the machine does in between', () => {
    // The machine is four times slower in the second half.
    const pairs = [2, 2, 8, 8, 8].map((time) => ({ value: 3 * time, baseline: time }));
    expect(summarise(pairs)).toEqual({ value: 24, baseline: 8, ratio: 3, quartiles: [3, 3] });
  });
});

describe('a result', () => {
  const quiet = { name: 'a', seconds: 61, busyCores: 0 };
  const measured = (bounds: Measured['bounds'], details = {}): Measured => ({
    unit: 'ms',
    against: 'nothing',
    pairs: [{ value: 30, baseline: 10 }],
    bounds,
    limit: 'none',
    details,
  });

  it('meets its target only where all bounds hold', () => {
    const bounds = [
      { of: 'ratio', atMost: 3 },
      { of: 'CPU', atMost: 25 },
    ];
    expect(resultOf(quiet, measured(bounds, { CPU: 20 }))).toMatchObject({ met: true, target: 3, ratio: 3 });
    expect(resultOf(quiet, measured(bounds, { CPU: 26 })).met).toBe(false);
    expect(resultOf(quiet, measured(bounds)).met).toBe(false);
    expect(resultOf(quiet, measured([{ of: 'ratio', atLeast: 3.1 }])).met).toBe(false);
    expect(resultOf(quiet, measured([]))).toMatchObject({ met: null, target: null });
  });

  it('is no failure where it could not be measured', () => {
    const result = resultOf(quiet, { skipped: 'PyTorch is not there: apt install python3-torch' });
    expect(result).toMatchObject({ met: null, value: null, samples: 0 });
    expect(resultLines(result).join('\n')).toMatch(/^a +skipped.*\n +PyTorch is not there/);
  });

  it('is a line of the table, and what it means under it', () => {
    const lines = resultLines(resultOf(quiet, measured([{ of: 'ratio', atMost: 2 }], { CPU: 20.04 })));
    expect(lines[0]).toMatch(/^a +30 ms +10 ms +3 \(3 to 3\) +≤ 2 +missed +61 s$/);
    expect(lines.slice(1)).toEqual(['    against nothing; 1 pairs', '    CPU 20', '    limit: none']);
  });

  it('says where the machine was busy with other things', () => {
    const lines = resultLines(resultOf({ ...quiet, busyCores: 1.54 }, measured([])));
    expect(lines.at(-1)).toBe('    noisy: 1.54 cores were busy with other things just before');
  });

  it('shows three digits that count', () => {
    expect([1234.4, 12.345, 0.012345, 0, 1.5].map(formatFigure)).toEqual([
      '1234',
      '12.3',
      '0.0123',
      '0',
      '1.5',
    ]);
  });
});

describe('the table of the documentation', () => {
  const place = '<!-- bench: written by npm run bench -- --markdown FILE -->';
  const result = resultOf(
    { name: 'a', seconds: 1, busyCores: 0.5 },
    {
      unit: 'ms',
      against: 'nothing',
      pairs: [{ value: 30, baseline: 10 }],
      bounds: [
        { of: 'ratio', atMost: 2 },
        { of: 'CPU, ms', atMost: 25 },
      ],
      limit: 'none',
      details: { 'CPU, ms': 26 },
    },
  );

  it('takes the place of the one before', () => {
    const document = `before\n${place}\nold\n<!-- /bench -->\nafter\n`;
    const found = withTable(document, 'a machine', new Date('2024-01-02'), [result]);
    expect(found.split('\n')).toEqual([
      'before',
      place,
      '',
      '2024-01-02, a machine. Before rows began, other things kept at most 0.5 cores busy.',
      '',
      '| row | value             | baseline | ratio (quartiles) | target            |        |',
      '| --- | ----------------- | -------- | ----------------- | ----------------- | ------ |',
      '| `a` | 30 ms; CPU, ms 26 | 10 ms    | 3 (3 to 3)        | ≤ 2; CPU, ms ≤ 25 | missed |',
      '',
      '<!-- /bench -->',
      'after',
      '',
    ]);
    expect(withTable(found, 'a machine', new Date('2024-01-02'), [result])).toBe(found);
  });

  it('wants marks', () => {
    expect(() => withTable('', '', new Date(0), [])).toThrow('no place for the table');
  });
});

describe('--only', () => {
  const rows = [
    { name: 'ingest/int8' },
    { name: 'ingest/topk' },
    { name: 'memory' },
    { name: 'quality/int8', onlyWhenNamed: true },
  ];
  const names = (...only: string[]): string[] => chooseRows(rows, only).map(({ name }) => name);

  it('takes parts of names, and globs', () => {
    expect(names('ingest')).toEqual(['ingest/int8', 'ingest/topk']);
    expect(names('*/topk', 'memory')).toEqual(['ingest/topk', 'memory']);
    expect(names('in*8')).toEqual(['ingest/int8']);
    expect(names('*.mory')).toEqual([]);
  });

  it('leaves out what takes long, unless it is named', () => {
    expect(names()).toEqual(['ingest/int8', 'ingest/topk', 'memory']);
    expect(names('int8')).toEqual(['ingest/int8']);
    expect(names('*')).toEqual(['ingest/int8', 'ingest/topk', 'memory']);
    expect(names('quality/*')).toEqual(['quality/int8']);
  });

  it('tells patterns that match nothing', () => {
    expect(unmatched(rows, ['memory', 'memroy'])).toEqual(['memroy']);
  });

  it('is read from the command line, with commas or given often', () => {
    const { only, set, json } = readOptions([
      '--only',
      'a, b/*',
      '--only',
      'c',
      '--set',
      'seed=2',
      '--json',
      'x',
    ]);
    expect({ only, set, json }).toEqual({ only: ['a', 'b/*', 'c'], set: ['seed=2'], json: 'x' });
    expect(() => readOptions(['--olny', 'a'])).toThrow(TypeError);
  });
});
