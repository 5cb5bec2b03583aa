/** The course of the run as the page keeps it: the coordinator's buckets, which are bounded there. */
import { signal, type ReadonlySignal } from '@preact/signals';
import type { BucketRun, PresenterSeries, SeriesSet } from '@gantry/shared';

/** By bucket; null: nothing came for it. */
export interface SeriesValues {
  readonly mean: (number | null)[];
  /** Empty where there is no envelope. */
  readonly least: (number | null)[];
  readonly greatest: (number | null)[];
}

export interface CourseSet {
  /** Iterations a bucket. */
  readonly width: number;
  /** In the order in which they are shown. */
  readonly series: ReadonlyMap<string, SeriesValues>;
}

export const emptyCourse: CourseSet = { width: 1, series: new Map() };

/** What a set becomes with a message. Arrays are changed in place: they are large, and nobody else keeps them. */
export function hearSeries(before: CourseSet, { width, whole, series }: PresenterSeries): CourseSet {
  const all = new Map(whole ? [] : before.series);
  for (const [name, run] of Object.entries(series)) {
    const values = all.get(name) ?? { mean: [], least: [], greatest: [] };
    put(values.mean, run.from, run.mean);
    put(values.least, run.from, run.least ?? []);
    put(values.greatest, run.from, run.greatest ?? []);
    all.set(name, values);
  }
  return { width, series: all };
}

function put(into: (number | null)[], from: number, values: BucketRun['mean']): void {
  while (values.length > 0 && into.length < from) into.push(null);
  values.forEach((value, i) => (into[from + i] = value));
}

/** Each set is a new object with each message, so that what shows it is drawn again. */
export class Course {
  readonly #sets = { curves: signal(emptyCourse), maps: signal(emptyCourse) };

  set(name: SeriesSet): ReadonlySignal<CourseSet> {
    return this.#sets[name];
  }

  hear(message: PresenterSeries): void {
    const set = this.#sets[message.set];
    set.value = hearSeries(set.value, message);
  }
}

/** The latest bucket with something in it, up to the one of an iteration; null: there is none. */
export function bucketAt(
  { width }: Pick<CourseSet, 'width'>,
  values: readonly (number | null)[],
  iteration: number | null,
): number | null {
  const last = values.length - 1;
  let bucket = iteration === null ? last : Math.min(last, Math.floor(iteration / width));
  while (bucket >= 0 && values[bucket] === null) bucket -= 1;
  return bucket < 0 ? null : bucket;
}
