/** Time, as a run's shell is given it. */
export interface Clock {
  /** Milliseconds, never going back. */
  now(): number;
  /** Calls back at that time; returns how to call it off. */
  at(time: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  at: (time, callback) => {
    const timer = setTimeout(callback, Math.max(0, time - performance.now()));
    return () => clearTimeout(timer);
  },
};
