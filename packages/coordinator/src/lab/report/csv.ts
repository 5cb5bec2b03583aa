/** `cells.csv`: one row a cell and seed, every axis and measure. The same to the bit each time that a scenario is run. */
import type { CellResult } from '../cell/result.ts';
import type { LabResult } from '../lab.ts';
import { timeToTarget } from './target.ts';

type Value = string | number | null | undefined;

export function csvOf(lab: LabResult): string {
  const axes = Object.keys(lab.cells[0].choice);
  const names = [
    ...new Set(
      lab.results.flatMap(({ measured }) => measured.flatMap(({ measures }) => Object.keys(measures))),
    ),
  ].sort();
  const busy = [...new Set(lab.results.flatMap((result) => Object.keys(result.busy)))];
  const rows = lab.results.map((result, i) => {
    const { scenario } = lab.cells[Math.floor(i / lab.seeds.length)];
    return rowOf(result, axes, names, busy, timeToTarget(scenario.target, result.measured));
  });
  const [first] = rows;
  return [[...first.keys()], ...rows.map((row) => [...row.values()])]
    .map((cells) => `${cells.map(quoted).join(',')}\n`)
    .join('');
}

function rowOf(
  result: CellResult,
  axes: readonly string[],
  names: readonly string[],
  busy: readonly string[],
  target: ReturnType<typeof timeToTarget>,
): Map<string, Value> {
  const { choice, seconds, examples, bytes, leases, workers, detected, stepMilliseconds } = result;
  const last = result.measured.at(-1)?.measures ?? {};
  return new Map<string, Value>([
    ...axes.map((axis): [string, Value] => [axis, choice[axis]]),
    ['seed', result.seed],
    ['outcome', result.outcome],
    ['iterations', result.iterations],
    ['machines', result.machines],
    ['seconds', seconds],
    ['examples', examples],
    ['examplesPerSecond', seconds > 0 ? examples / seconds : 0],
    ['stepMilliseconds', stepMilliseconds.median],
    ['stepMillisecondsP95', stepMilliseconds.p95],
    ['bytesUp', bytes.up],
    ['bytesDown', bytes.down],
    ...busy.map((name): [string, Value] => [`busy ${name}`, result.busy[name]]),
    ...Object.entries(leases).map(([name, count]): [string, Value] => [`leases ${name}`, count]),
    ...Object.entries(workers).map(([name, count]): [string, Value] => [`workers ${name}`, count]),
    ...names.map((name): [string, Value] => [name, last[name]]),
    ['targetIteration', target?.iteration],
    ['targetSeconds', target?.seconds],
    ['targetBytes', target?.bytes],
    ...Object.entries(detected).map(([name, at]): [string, Value] => [name, at as number | null]),
    ['parametersChecksum', result.parametersChecksum],
  ]);
}

/** RFC 4180. */
function quoted(value: Value): string {
  const text = value === null || value === undefined ? '' : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
