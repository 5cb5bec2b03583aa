/** Checksums: xxHash (https://xxhash.com), fast enough to stand on the path of every frame. */
import xxhash from 'xxhash-wasm';
import { xxHash32 } from './codec/hash.ts';
import { sharedWorkspace } from './codec/kernels.ts';

const hasher = await xxhash();

/** Bytes from which on vectors are faster. */
const large = 4096;

const bytesOf = (data: ArrayBufferView): Uint8Array =>
  data instanceof Uint8Array ? data : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** 32 bits over the bytes of `data`; `seed` chains one checksum into the next. */
export function checksum32(data: ArrayBufferView, seed = 0): number {
  const bytes = bytesOf(data);
  if (sharedWorkspace !== null && bytes.length >= large) return xxHash32(sharedWorkspace, bytes, seed);
  return hasher.h32Raw(bytes, seed) >>> 0;
}

/** 64 bits over the bytes of all `parts` in order, as 16 hexadecimal digits. */
export function checksum64(...parts: readonly ArrayBufferView[]): string {
  let hash = 0n;
  for (const part of parts) hash = hasher.h64Raw(bytesOf(part), hash);
  return hash.toString(16).padStart(16, '0');
}
