/**
 * The course of a run for those who look at it, made of what is logged: so a run that goes on is told its course from
 * `events.jsonl`, by the same reading (`past`).
 */
import type { SeriesSet } from '@gantry/shared';
import type { LogEntry } from './archive.ts';
import { Buckets } from './buckets.ts';

/** A page's chart has about as many columns. */
const mostColumns = 2048;
/** A heat map's cell can be seen. */
const mostCells = 512;
/** Losses, accuracies and whatever sheets are measured by. */
const mostCurves = 64;
/** Layers of both networks, and workers: 256 of these, and networks of hundreds of layers. */
const mostMaps = 2048;

/** Types of log entries that the course of a run is made of. */
export const courseTypes = ['step', 'batch-norm-drift', 'sheet'] as const;

/** Numbers of a sheet's line that do not tell how good it is. */
const noMeasures = new Set(['time', 'iteration', 'samples']);

export class RunHistory {
  readonly sets: Readonly<Record<SeriesSet, Buckets>> = {
    curves: new Buckets(mostColumns, mostCurves, true),
    maps: new Buckets(mostCells, mostMaps, false),
  };

  /** Takes what belongs to the course of the run; `entry` is a line of `events.jsonl`. */
  hear(entry: LogEntry): void {
    switch (entry.type) {
      case 'step':
        this.#step(entry);
        return;
      case 'batch-norm-drift':
        this.#drift(entry);
        return;
      case 'sheet':
        this.#sheet(entry);
        return;
      default:
    }
  }

  #step(entry: LogEntry): void {
    const { phase, gradientNorms } = entry;
    const at = iterationsDone(entry);
    const { curves, maps } = this.sets;
    const add = (name: string, value: unknown): void => {
      if (typeof value === 'number') curves.add(at, name, value);
    };
    add(`loss/${String(phase)}`, entry.loss);
    if (phase === 'discriminator') {
      add('accuracy/real', entry.realAccuracy);
      add('accuracy/fake', entry.fakeAccuracy);
      // Steps without one say 0.
      if (entry.penalty !== 0) add('penalty', entry.penalty);
    }
    for (const [layer, norm] of numbersOf(gradientNorms))
      maps.add(at, `norm/${String(phase)}/${layer}`, norm);
  }

  /** Of each worker what is worst over the layers. */
  #drift(entry: LogEntry): void {
    const { phase, workers } = entry;
    const at = iterationsDone(entry);
    for (const [worker, layers] of Object.entries(objectOf(workers))) {
      const all = Object.values(objectOf(layers)).map(objectOf);
      for (const measure of ['mean', 'variance'] as const) {
        const worst = Math.max(...all.map((layer) => Number(layer[measure])));
        this.sets.maps.add(at, `drift-${measure}/${String(phase)}/${worker}`, worst);
      }
    }
  }

  #sheet(entry: LogEntry): void {
    for (const [name, value] of numbersOf(entry)) {
      if (!noMeasures.has(name)) this.sets.curves.add(Number(entry.iteration), `measure/${name}`, value);
    }
  }
}

/** After the step, or the round. */
function iterationsDone({ iteration, iterations }: LogEntry): number {
  return Number(iteration) + (typeof iterations === 'number' ? iterations : 1);
}

const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

/** Its fields that are numbers. */
const numbersOf = (value: unknown): [string, number][] =>
  Object.entries(objectOf(value)).flatMap(([name, each]) =>
    typeof each === 'number' ? [[name, each] as [string, number]] : [],
  );
