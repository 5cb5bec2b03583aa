/** Remembers what was made, up to a number of bytes. */

/**
 * @param most - bytes to keep; what was not asked for the longest is dropped first
 * @returns `make` with a memory: asked twice at once, it makes once; a failure is not remembered
 */
export function byteCache(
  most: number,
  make: (index: number) => Promise<Uint8Array>,
): (index: number) => Promise<Uint8Array> {
  // A Map keeps the order of insertion: its first key is the one not asked for the longest.
  const kept = new Map<number, Uint8Array>();
  const underWay = new Map<number, Promise<Uint8Array>>();
  let bytes = 0;
  const makeAndKeep = async (index: number): Promise<Uint8Array> => {
    try {
      const made = await make(index);
      kept.set(index, made);
      bytes += made.length;
      for (const [oldest, dropped] of kept) {
        if (bytes <= most) break;
        kept.delete(oldest);
        bytes -= dropped.length;
      }
      return made;
    } finally {
      underWay.delete(index);
    }
  };
  return async (index) => {
    const known = kept.get(index);
    if (known !== undefined) {
      kept.delete(index);
      kept.set(index, known);
      return known;
    }
    const making = underWay.get(index) ?? makeAndKeep(index);
    underWay.set(index, making);
    return making;
  };
}
