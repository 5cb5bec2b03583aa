/** What a join address says besides where the coordinator is. */

export interface JoinLink {
  readonly code: string | undefined;
  readonly name: string | undefined;
}

/** `?code=K7QF`, `#code=K7QF` or `#K7QF`; and `name` likewise. */
export function readJoinLink(address: string): JoinLink {
  const url = new URL(address);
  const hash = url.hash.slice(1);
  // URLSearchParams decodes, and unlike decodeURIComponent does not throw at a stray %.
  const inHash = new URLSearchParams(hash.includes('=') ? hash : `code=${hash}`);
  const first = (...values: readonly (string | null)[]): string | undefined =>
    values.map((value) => value?.trim()).find((value) => value !== undefined && value !== '');
  return {
    code: first(url.searchParams.get('code'), inHash.get('code')),
    name: first(url.searchParams.get('name'), inHash.get('name')),
  };
}
