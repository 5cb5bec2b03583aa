/**
 * What the browser remembers between visits. Storage may be forbidden (private windows, policies): then
 * nothing is remembered, and everything else works.
 */

export interface Memory {
  read(key: string): string | null;
  write(key: string, value: string): void;
  forget(key: string): void;
}

/** @param open - reading `window.localStorage` can throw by itself, so it is opened inside */
export function guardedMemory(open: () => Storage): Memory {
  const attempt = <T>(action: (storage: Storage) => T, otherwise: T): T => {
    try {
      return action(open());
    } catch {
      return otherwise;
    }
  };
  return {
    read: (key) => attempt((storage) => storage.getItem(key), null),
    write: (key, value) => attempt((storage) => storage.setItem(key, value), undefined),
    forget: (key) => attempt((storage) => storage.removeItem(key), undefined),
  };
}

/** Of this tab, kept over a reload: two tabs of one browser are two workers. */
export const tabMemory = guardedMemory(() => window.sessionStorage);
/** Of this browser. */
export const browserMemory = guardedMemory(() => window.localStorage);
