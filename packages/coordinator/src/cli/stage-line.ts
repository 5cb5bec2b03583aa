/**
 * Stages of a command that takes a while, on one line: rewritten in place on a terminal, a line a stage elsewhere.
 */
import type { ProgressStream } from './progress.ts';

export interface StageLine {
  /** @param done - of this stage, 0 to 1 */
  readonly show: (what: string, done: number) => void;
  /** Leaves nothing of it on a terminal. */
  readonly end: () => void;
}

const clearLine = '\r\u001b[2K';

export function createStageLine(stream: ProgressStream): StageLine {
  const live = stream.isTTY === true;
  let shown = '';
  return {
    show(what, done) {
      const line = live ? `${what}: ${Math.floor(100 * done)}%` : `${what}...`;
      if (line === shown) return;
      shown = line;
      stream.write(live ? `${clearLine}${line.slice(0, (stream.columns ?? 80) - 1)}` : `${line}\n`);
    },
    end() {
      if (live && shown !== '') stream.write(clearLine);
    },
  };
}
