/** How all charts are looked at: set once for all of them. */
import { signal } from '@preact/signals';

export interface Look {
  /** 0 to 1. */
  readonly smoothing: number;
  readonly logX: boolean;
  readonly logY: boolean;
  /** Iterations that are shown; null: all. */
  readonly zoom: readonly [number, number] | null;
}

/** Enough to see where a noisy loss goes. */
export const plainLook: Look = { smoothing: 0.35, logX: false, logY: false, zoom: null };

export const look = signal(plainLook);

export function setLook(change: Partial<Look>): void {
  look.value = { ...look.value, ...change };
}
