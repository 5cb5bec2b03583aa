/** A cell under one seed in single numbers: what is a column of `cells.csv`, and what the report compares. */
import type { CellResult } from '../cell/result.ts';
import type { Scenario } from '../scenario/schema.ts';
import { timeToTarget } from './target.ts';

export type Figure = string | number | null | undefined;

/** Of all results together: each of their rows has the same columns. */
export interface Columns {
  readonly measures: readonly string[];
  /** Who can be busy: the coordinator and shared media. */
  readonly busy: readonly string[];
}

export function columnsOf(results: readonly CellResult[]): Columns {
  const all = (names: readonly string[]): string[] => [...new Set(names)];
  return {
    measures: all(
      results.flatMap(({ measured }) => measured.flatMap(({ measures }) => Object.keys(measures))),
    ).sort(),
    busy: all(results.flatMap(({ busy }) => Object.keys(busy))),
  };
}

/**
 * By column, in order; docs/lab.md tells what each is.
 *
 * @param microbatch - examples of one, in this cell
 */
export function figuresOf(
  result: CellResult,
  target: Scenario['target'],
  microbatch: number,
  { measures, busy }: Columns,
): Map<string, Figure> {
  const { seconds, examples, bytes, leases, workers, detected, stepMilliseconds, fastest } = result;
  const last = result.measured.at(-1)?.measures ?? {};
  const reached = timeToTarget(target, result.measured);
  const examplesPerSecond = seconds > 0 ? examples / seconds : 0;
  return new Map<string, Figure>([
    ['seed', result.seed],
    ['outcome', result.outcome],
    ['iterations', result.iterations],
    ['machines', result.machines],
    ['fastestPace', fastest],
    ['seconds', seconds],
    ['examples', examples],
    ['examplesPerSecond', examplesPerSecond],
    ['speedUp', (examplesPerSecond * fastest) / 1000 / microbatch],
    ['stepMilliseconds', stepMilliseconds.median],
    ['stepMillisecondsP95', stepMilliseconds.p95],
    ['bytesUp', bytes.up],
    ['bytesDown', bytes.down],
    ['bytes', bytes.up + bytes.down],
    ...busy.map((name): [string, Figure] => [`busy/${name}`, result.busy[name]]),
    ...prefixed('leases', leases),
    ...prefixed('workers', workers),
    ...measures.map((name): [string, Figure] => [name, last[name]]),
    ['targetIteration', reached?.iteration],
    ['targetSeconds', reached?.seconds],
    ['targetBytes', reached?.bytes],
    ...Object.entries(detected).map(([name, at]): [string, Figure] => [name, at as number | null]),
    ['parametersChecksum', result.parametersChecksum],
  ]);
}

/** `leases`, `expired` → `leasesExpired`. */
const prefixed = (prefix: string, counts: object): [string, Figure][] =>
  Object.entries(counts).map(([name, count]) => [
    `${prefix}${name[0].toUpperCase()}${name.slice(1)}`,
    count as number,
  ]);
