/** What a join address says besides where the coordinator is. */
import { backendTest, type BackendTest } from '@gantry/shared';

export interface JoinLink {
  readonly code: string | undefined;
  readonly name: string | undefined;
  /** The one backend to try; without it the tab tries all, and takes the fastest. */
  readonly backend: BackendTest['backend'] | undefined;
  /** Threads of wasm; without it the tab tries what may be worth it. */
  readonly threads: number | undefined;
}

/**
 * `?code=K7QF`, `#code=K7QF` or `#K7QF`; and `name` likewise. `?backend=webgl` or `?backend=wasm` is for tests
 * and for finding faults: a machine without a GPU would never choose WebGL. `?threads=2` likewise.
 */
export function readJoinLink(address: string): JoinLink {
  const url = new URL(address);
  const hash = url.hash.slice(1);
  // URLSearchParams decodes, and unlike decodeURIComponent does not throw at a stray %.
  const inHash = new URLSearchParams(hash.includes('=') ? hash : `code=${hash}`);
  const first = (...values: readonly (string | null)[]): string | undefined =>
    values.map((value) => value?.trim()).find((value) => value !== undefined && value !== '');
  const threads = Math.trunc(Number(url.searchParams.get('threads')));
  return {
    code: first(url.searchParams.get('code'), inHash.get('code')),
    name: first(url.searchParams.get('name'), inHash.get('name')),
    backend: backendTest.shape.backend.safeParse(url.searchParams.get('backend')).data,
    threads: threads >= 1 && threads <= 64 ? threads : undefined,
  };
}

/** The address without its code, for the address bar. */
export function withoutCode(address: string): string {
  const url = new URL(address);
  url.searchParams.delete('code');
  const inHash = new URLSearchParams(url.hash.includes('=') ? url.hash.slice(1) : '');
  inHash.delete('code');
  url.hash = inHash.toString();
  return url.href;
}
