/** A real file system that is soon full, or cannot be written to: a tmpfs, where this process may mount one. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, writeFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk {
  readonly path: string;
  /** Leaves no place for as much as a line. */
  fill(): void;
  /** Makes room again. */
  free(): void;
  /** From now on nothing can be written. */
  makeReadOnly(): void;
  unmount(): void;
}

/** null where mounting is not allowed, as to anybody but root. */
export function mountSmallDisk(mebibytes: number): SmallDisk | null {
  if (process.platform !== 'linux') return null;
  const path = mkdtempSync(join(tmpdir(), 'gantry-small-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    rmdirSync(path);
    return null;
  }
  const filler = join(path, 'filler');
  return {
    path,
    fill() {
      try {
        for (;;) writeFileSync(filler, new Uint8Array(4096), { flag: 'a' });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    },
    free: () => rmSync(filler),
    makeReadOnly: () => void execFileSync('mount', ['-o', 'remount,ro', path]),
    unmount() {
      execFileSync('umount', [path]);
      rmdirSync(path);
    },
  };
}
