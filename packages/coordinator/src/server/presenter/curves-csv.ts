import type { BucketRun } from '@gantry/shared';
import type { RunHistory } from '../../run/history.ts';

/**
 * The curves as the page shows them: a row for each bucket of iterations, with the mean, the least and the greatest of each
 * series. `events.jsonl` has each step.
 */
export function curvesCsv({ sets: { curves } }: RunHistory): string {
  const series = Object.entries(curves.all());
  const columns = series.flatMap(([name, run]) => [
    { name, of: run, values: run.mean },
    { name: `${name} least`, of: run, values: run.least ?? [] },
    { name: `${name} greatest`, of: run, values: run.greatest ?? [] },
  ]);
  const length = Math.max(0, ...series.map(([, { from, mean }]) => from + mean.length));
  const lines = [['iteration', ...columns.map(({ name }) => name)]];
  for (let bucket = 0; bucket < length; bucket++) {
    const row = columns.map(({ of, values }) => cell(of, values, bucket));
    if (row.some((text) => text !== '')) lines.push([String(bucket * curves.width), ...row]);
  }
  return `${lines.map((line) => line.join(',')).join('\r\n')}\r\n`;
}

/** Names of series have no commas: they are of our own making. */
function cell({ from }: BucketRun, values: BucketRun['mean'], bucket: number): string {
  const value = values[bucket - from] ?? null;
  return value === null ? '' : String(value);
}
