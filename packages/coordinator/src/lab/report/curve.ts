/** A cell's course over its seeds. Pure. */
import type { MeasuredAt } from '../cell/measured.ts';
import type { CurvePoint } from './data.ts';
import { spreadOf } from './statistics.ts';

/**
 * @param bySeed - what each seed measured, in order
 * @param most - points; of more, some evenly spread and the last
 */
export function curveOf(bySeed: readonly (readonly MeasuredAt[])[], most: number): CurvePoint[] {
  const at = new Map<number, MeasuredAt[]>();
  for (const one of bySeed.flat()) at.set(one.iteration, [...(at.get(one.iteration) ?? []), one]);
  const iterations = [...at.keys()].sort((a, b) => a - b);
  return thinned(iterations, most).map((iteration) => {
    const seeds = at.get(iteration) ?? [];
    const names = [...new Set(seeds.flatMap(({ measures }) => Object.keys(measures)))];
    const spreads = names.flatMap((name): [string, [number, number, number]][] => {
      const spread = spreadOf(seeds.map(({ measures }) => measures[name]));
      return spread === null ? [] : [[name, [spread.least, spread.median, spread.greatest]]];
    });
    return {
      iteration,
      seconds: spreadOf(seeds.map(({ seconds }) => seconds))?.median ?? 0,
      bytes: spreadOf(seeds.map(({ bytes }) => bytes))?.median ?? 0,
      measures: Object.fromEntries(spreads),
    };
  });
}

/** The first, the last, and some between, evenly. */
export function thinned<T>(all: readonly T[], most: number): T[] {
  if (all.length <= most) return [...all];
  return Array.from({ length: most }, (_, i) => all[Math.round((i * (all.length - 1)) / (most - 1))]);
}
