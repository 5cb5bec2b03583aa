/** Real data that lies on the coordinator, fetched in chunks of uint8 images. */
import { exampleOrder, gantryError, type DataManifest, type RunConfig } from '@gantry/shared';
import type { RealExamples } from '../compute/types.ts';
import { keepChunks, type Chunks, type FetchChunk } from './chunks.ts';

/** Chunks kept in memory. A microbatch touches two at most, and the next step's is fetched ahead. */
const keptChunks = 6;
/** However many shares are read from: 16 MiB. */
const mostKept = 64;
/** Of data that is read in no order of chunks: 64 MiB. */
const mixedKept = 256;

export interface StoredData {
  /** @param position - of the first example in the order of training */
  read(position: number, count: number): Promise<RealExamples>;
  /** Begins to fetch what `read` at that position will need. */
  prefetch(position: number): void;
}

/** All of the data, in the order of training. */
export const storedData = (
  { seed }: Pick<RunConfig, 'seed'>,
  manifest: DataManifest,
  fetchChunk: FetchChunk,
): StoredData =>
  reading(
    manifest,
    keepChunks(fetchChunk, keptChunks),
    exampleOrder(seed, manifest.size, manifest.chunkSize),
  );

/**
 * All of the data, evenly mixed: any part of the order is a fair sample of it, also where examples lie by class. It reads
 * from all chunks at once, so it is for those who have them at hand.
 */
export const mixedData = (
  { seed }: Pick<RunConfig, 'seed'>,
  manifest: DataManifest,
  fetchChunk: FetchChunk,
): StoredData => reading(manifest, keepChunks(fetchChunk, mixedKept), exampleOrder(seed, manifest.size, 1));

/**
 * Shares of the data, each in an order of its own that touches few chunks at a time, as that of all does.
 *
 * @param shares - examples of each, ascending
 */
export function storedShares(
  { seed }: Pick<RunConfig, 'seed'>,
  manifest: DataManifest,
  fetchChunk: FetchChunk,
  shares: readonly Uint32Array[],
): readonly StoredData[] {
  const { size, chunkSize } = manifest;
  const chunks = keepChunks(fetchChunk, Math.min(mostKept, keptChunks * shares.length));
  return shares.map((examples, share) => {
    const ofChunk = Math.max(1, Math.round((chunkSize * examples.length) / size));
    const order = exampleOrder(seed, examples.length, ofChunk, 1 + share);
    return reading(manifest, chunks, (position) => examples[order(position)]);
  });
}

/** @param order - from a position to the example's index */
function reading(
  { size, chunkSize, exampleBytes, classes }: DataManifest,
  chunks: Chunks,
  order: (position: number) => number,
): StoredData {
  return {
    async read(position, count) {
      const examples = new Float32Array(count * exampleBytes);
      const labels = new Int32Array(classes.length === 0 ? 0 : count);
      const places = Array.from({ length: count }, (_, i) => order(position + i));
      for (const [row, place] of places.entries()) {
        const chunk = Math.floor(place / chunkSize);
        // Mostly the chunk before, at hand already.
        // oxlint-disable-next-line no-await-in-loop
        const bytes = await chunks.get(chunk);
        const inside = place % chunkSize;
        const from = inside * exampleBytes;
        // Behind the images of a chunk come its labels, uint16.
        const held = Math.min(chunkSize, size - chunk * chunkSize);
        const labelAt = held * exampleBytes + 2 * inside;
        if ((labels.length > 0 ? labelAt + 2 : from + exampleBytes) > bytes.length) {
          throw gantryError('CHUNK_UNAVAILABLE', `chunk ${chunk}`, `it has only ${bytes.length} bytes`);
        }
        const at = row * exampleBytes;
        for (let i = 0; i < exampleBytes; i++) examples[at + i] = bytes[from + i] / 127.5 - 1;
        if (labels.length > 0) labels[row] = bytes[labelAt] | (bytes[labelAt + 1] << 8);
      }
      return { examples, labels };
    },
    prefetch: (position) => chunks.prefetch(Math.floor(order(position) / chunkSize)),
  };
}
