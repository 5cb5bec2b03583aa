/** Real data that lies on the coordinator, fetched in chunks of uint8 images. */
import { exampleOrder, gantryError, type DataManifest, type RunConfig } from '@gantry/shared';
import { keepChunks, type FetchChunk } from './chunks.ts';

/** Chunks kept in memory. A microbatch touches two at most, and the next step's is fetched ahead. */
const keptChunks = 6;

export interface StoredData {
  /** @param position - of the first example in the order of training @returns float32, in [−1, 1] */
  read(position: number, count: number): Promise<Float32Array<ArrayBuffer>>;
  /** Begins to fetch what `read` at that position will need. */
  prefetch(position: number): void;
}

export function storedData(
  config: Pick<RunConfig, 'seed'>,
  manifest: DataManifest,
  fetchChunk: FetchChunk,
): StoredData {
  const { size, chunkSize, exampleBytes } = manifest;
  const order = exampleOrder(config.seed, size, chunkSize);
  const chunks = keepChunks(fetchChunk, keptChunks);
  return {
    async read(position, count) {
      const out = new Float32Array(count * exampleBytes);
      const places = Array.from({ length: count }, (_, i) => order(position + i));
      for (const [row, place] of places.entries()) {
        const chunk = Math.floor(place / chunkSize);
        // Mostly the chunk before, at hand already.
        // oxlint-disable-next-line no-await-in-loop
        const bytes = await chunks.get(chunk);
        const from = (place % chunkSize) * exampleBytes;
        if (from + exampleBytes > bytes.length) {
          throw gantryError('CHUNK_UNAVAILABLE', `chunk ${chunk}`, `it has only ${bytes.length} bytes`);
        }
        const at = row * exampleBytes;
        for (let i = 0; i < exampleBytes; i++) out[at + i] = bytes[from + i] / 127.5 - 1;
      }
      return out;
    },
    prefetch: (position) => chunks.prefetch(Math.floor(order(position) / chunkSize)),
  };
}
