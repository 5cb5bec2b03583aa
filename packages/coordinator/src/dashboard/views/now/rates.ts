/** Bytes on the air, second by second, from the counts that come with each message of progress. */
import type { PresenterProgress } from '@gantry/shared';

export interface Rate {
  /** Seconds of training. */
  readonly at: number;
  /** Bytes a second. */
  readonly up: number;
  readonly down: number;
}

export interface Rates {
  /** The last minute, oldest first. */
  readonly list: readonly Rate[];
  /** The count that the next rate is measured from. */
  readonly mark: { readonly at: number; readonly up: number; readonly down: number } | null;
}

export const noRates: Rates = { list: [], mark: null };

/** Seconds that one rate is measured over, and rates that are kept. */
const every = 1;
const most = 60;

export function hearRates({ list, mark }: Rates, { secondsElapsed: at, bytes }: PresenterProgress): Rates {
  const next = { at, up: bytes.up, down: bytes.down };
  // A run that was begun anew counts anew.
  if (mark === null || at < mark.at || bytes.up < mark.up || bytes.down < mark.down)
    return { list: [], mark: next };
  const seconds = at - mark.at;
  if (seconds < every) return { list, mark };
  const rate = { at, up: (bytes.up - mark.up) / seconds, down: (bytes.down - mark.down) / seconds };
  return { list: [...list, rate].slice(-most), mark: next };
}
