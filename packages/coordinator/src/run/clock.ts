/** Time, as a run's shell is given it. */
export interface Clock {
  /** Milliseconds, never going back. */
  now(): number;
  /** Milliseconds since 1970, for what is logged. */
  date(): number;
  /** Calls back at that time; returns how to call it off. */
  at(time: number, callback: () => void): () => void;
}

/** Timers overflow beyond this many milliseconds, and then fire at once. */
const longestTimer = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  at: (time, callback) => {
    const timer = setTimeout(callback, Math.min(longestTimer, Math.max(0, time - performance.now())));
    return () => clearTimeout(timer);
  },
};
