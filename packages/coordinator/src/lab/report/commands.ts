/** The commands that a report offers, to be copied into a shell where `gantry lab` was run. */
import { relative } from 'node:path';

/** @param path - absolute @param from - absolute @returns as short as may be: relative where it lies within `from` */
export function pathFrom(path: string, from: string): string {
  const way = relative(from, path);
  return way === '' || way.startsWith('..') ? path : way;
}

/** As one word of a POSIX shell. */
export const word = (text: string): string =>
  /^[\w./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** @param seeds - as 1..5 where they follow one another */
export function seedsText(seeds: readonly number[]): string {
  const [first] = seeds;
  const follow = seeds.length > 1 && seeds.every((seed, i) => seed === first + i);
  return follow ? `${first}..${seeds[seeds.length - 1]}` : seeds.join(',');
}
