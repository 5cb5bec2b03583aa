/** The run directory: `config.json`, `events.jsonl`, `checkpoints/`, `samples/`, `summary.json`. */
import { access, constants, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { errorText, gantryError, parseConfigText, type RunConfig, type RunSummary } from '@gantry/shared';
import { writeWhole } from './files.ts';

export interface RunLock {
  release(): Promise<void>;
}

export class RunDirectory {
  readonly path: string;
  constructor(path: string) {
    this.path = resolve(path);
  }
  get config(): string {
    return join(this.path, 'config.json');
  }
  get events(): string {
    return join(this.path, 'events.jsonl');
  }
  get checkpoints(): string {
    return join(this.path, 'checkpoints');
  }
  get samples(): string {
    return join(this.path, 'samples');
  }
  get summary(): string {
    return join(this.path, 'summary.json');
  }

  /** Checks that a new run can begin here, and changes nothing. @throws RUN_DIRECTORY */
  async checkNew(): Promise<void> {
    const held = await readdir(this.path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw gantryError(
        'RUN_DIRECTORY',
        this.path,
        error.code === 'ENOTDIR' ? 'it is a file' : error.message,
      );
    });
    if (held?.includes('config.json')) {
      throw gantryError(
        'RUN_DIRECTORY',
        this.path,
        'it already holds a run; add --resume to go on with it, or name another directory',
      );
    }
    if (held !== null && held.length > 0) {
      throw gantryError('RUN_DIRECTORY', this.path, 'it is not empty; name a new or empty directory');
    }
    await this.#checkWritable();
  }

  /** Checks that the nearest directory that exists can be written to. */
  async #checkWritable(): Promise<void> {
    let nearest = this.path;
    for (;;) {
      try {
        await access(nearest, constants.W_OK);
        return;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        const parent = resolve(nearest, '..');
        if (code === 'ENOENT' && parent !== nearest) nearest = parent;
        else
          throw gantryError(
            'RUN_DIRECTORY',
            this.path,
            `${nearest} cannot be written to (${code ?? 'unknown'})`,
          );
      }
    }
  }

  /** The configuration of the run that is here. @throws RUN_DIRECTORY, CONFIG_* */
  async readConfig(): Promise<RunConfig> {
    let text: string;
    try {
      text = await readFile(this.config, 'utf8');
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      throw gantryError(
        'RUN_DIRECTORY',
        this.path,
        missing ? 'there is no run in it (no config.json)' : errorText(error),
      );
    }
    return parseConfigText(text, this.config);
  }

  /** @throws RUN_DIRECTORY */
  async create(config: RunConfig): Promise<void> {
    try {
      await mkdir(this.checkpoints, { recursive: true });
      await mkdir(this.samples, { recursive: true });
      await writeWhole(this.config, `${JSON.stringify(config, null, 2)}\n`);
    } catch (error) {
      throw gantryError('RUN_DIRECTORY', this.path, errorText(error));
    }
  }

  /**
   * Keeps a second coordinator out of the run. The lock of a process that is gone holds nobody.
   *
   * @throws RUN_LOCKED, RUN_DIRECTORY
   */
  async lock(): Promise<RunLock> {
    const path = join(this.path, 'lock');
    for (let attempt = 0; ; attempt++) {
      try {
        await writeFile(path, String(process.pid), { flag: 'wx' });
        return {
          async release() {
            if (Number(await readFile(path, 'utf8').catch(() => '')) === process.pid)
              await rm(path, { force: true });
          },
        };
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code !== 'EEXIST' || attempt > 3) throw gantryError('RUN_DIRECTORY', this.path, errorText(error));
      }
      const holder = Number(await readFile(path, 'utf8').catch(() => ''));
      // Numbers of processes come again: one's own is left over from somebody else.
      if (holder !== process.pid && isRunning(holder))
        throw gantryError('RUN_LOCKED', this.path, holder, path);
      await rm(path, { force: true });
    }
  }

  async writeSummary(summary: RunSummary): Promise<void> {
    await writeWhole(this.summary, `${JSON.stringify(summary, null, 2)}\n`);
  }
}

function isRunning(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0); // sends nothing; asks whether it is there
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** `runs/PRESET-YYYYMMDD-HHMMSS` in local time. */
export function defaultRunPath(preset: string, now: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  return join(
    'runs',
    `${preset}-${day}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`,
  );
}
