/** Fetching real data: the same call in browsers and in Node. */
import { errorText, gantryError } from '@gantry/shared';

/** The body's bytes, decompressed. @throws CHUNK_UNAVAILABLE */
export async function fetchBytes(url: string): Promise<Uint8Array<ArrayBuffer>> {
  let response: Response;
  try {
    response = await fetch(url);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw gantryError('CHUNK_UNAVAILABLE', url, errorText(error));
  }
  throw gantryError('CHUNK_UNAVAILABLE', url, `HTTP ${response.status}`);
}
