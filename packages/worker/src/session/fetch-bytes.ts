/** Fetching real data: the same in browsers and in Node, whatever asks. */
import { errorText, gantryError } from '@gantry/shared';

export interface Fetched {
  readonly status: number;
  /** The header of that name: seconds to wait, where the status is 429. */
  readonly retryAfter: string | null;
  /** Decompressed. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export type FetchBytes = (url: string) => Promise<Uint8Array<ArrayBuffer>>;

/** Times to be told to wait. Behind one router, a class that loads all at once counts as one that asks too often. */
const mostWaits = 5;

/** @returns the body's bytes; throws CHUNK_UNAVAILABLE */
export const fetchWith =
  (ask: (url: string) => Promise<Fetched>): FetchBytes =>
  async (url) => {
    for (let waits = 0; ; waits++) {
      const { status, retryAfter, bytes } = await ask(url).catch((error: unknown) => {
        throw gantryError('CHUNK_UNAVAILABLE', url, errorText(error));
      });
      if (status === 200) return bytes;
      if (status !== 429 || waits === mostWaits) {
        throw gantryError('CHUNK_UNAVAILABLE', url, `HTTP ${status}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 1000 * Number(retryAfter ?? 1)));
    }
  };

export const fetchBytes: FetchBytes = fetchWith(async (url) => {
  const response = await fetch(url);
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    bytes: new Uint8Array(await response.arrayBuffer()),
  };
});
