/** All of a run's data, evenly mixed, for those who measure by it: not in the order of training, nor divided as training may. */
import { gantryError, type DataManifest, type RunConfig } from '@gantry/shared';
import type { RealExamples } from '../compute/types.ts';
import type { FetchChunk } from './chunks.ts';
import { drawAll, drawnData } from './drawn-source.ts';
import type { ExampleAddress } from './example-address.ts';
import { mixedData } from './stored-source.ts';

/** Where stored data is read. */
export interface StoredExamples {
  readonly manifest: DataManifest;
  /** Gives the bytes of chunk i, as for `createSource`. */
  readonly fetchChunk: FetchChunk;
}

export interface AllExamples {
  /** Different ones; Infinity where they are drawn. */
  readonly size: number;
  /** Of stored data each comes once before any comes again. */
  read(first: number, count: number): Promise<RealExamples>;
}

/**
 * @param seed - of what is drawn, or of the order
 * @param stored - null where examples are drawn
 * @param purpose - of what is drawn
 * @throws INTERNAL for stored data that is not given
 */
export function allExamples(
  { data }: Pick<RunConfig, 'data'>,
  seed: number,
  stored: StoredExamples | null,
  purpose: ExampleAddress['purpose'],
): AllExamples {
  if (data.source === 'idx' || data.source === 'images') {
    if (stored === null) throw gantryError('INTERNAL', `data "${data.source}" came without its examples`);
    const mixed = mixedData({ seed }, stored.manifest, stored.fetchChunk);
    return { size: stored.manifest.size, read: (first, count) => mixed.read(first, count) };
  }
  const drawing = drawnData(data);
  return {
    size: Infinity,
    read: (first, count) =>
      Promise.resolve(drawAll(drawing, count, (i) => ({ seed, purpose, step: 0, example: first + i }))),
  };
}
