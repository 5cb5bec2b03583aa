/** Chunks of a stored data set: fetched once, a few kept. */
import { errorText, GantryError, gantryError } from '@gantry/shared';

export type FetchChunk = (chunk: number) => Promise<Uint8Array>;

export interface Chunks {
  /** @throws CHUNK_UNAVAILABLE */
  get(chunk: number): Promise<Uint8Array>;
  /** Begins to fetch; a failure shows when the chunk is asked for. */
  prefetch(chunk: number): void;
}

/** @param keep - chunks kept, those used last */
export function keepChunks(fetchChunk: FetchChunk, keep: number): Chunks {
  const kept = new Map<number, Promise<Uint8Array>>(); // in the order of their last use
  const load = async (chunk: number): Promise<Uint8Array> => {
    try {
      return await fetchChunk(chunk);
    } catch (error) {
      kept.delete(chunk); // ask again next time
      if (error instanceof GantryError) throw error;
      throw gantryError('CHUNK_UNAVAILABLE', `chunk ${chunk}`, errorText(error));
    }
  };
  const get = (chunk: number): Promise<Uint8Array> => {
    const wanted = kept.get(chunk) ?? load(chunk);
    kept.delete(chunk);
    kept.set(chunk, wanted);
    for (const oldest of kept.keys()) {
      if (kept.size <= keep) break;
      kept.delete(oldest);
    }
    return wanted;
  };
  return {
    get,
    prefetch: (chunk) => {
      if (!kept.has(chunk)) get(chunk).catch(() => {});
    },
  };
}
