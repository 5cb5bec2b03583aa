/** The run directory: `config.json`, `workers.json`, `events.jsonl`, `checkpoints/`, `samples/`, `summary.json`. */
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  errorText,
  gantryError,
  GantryError,
  parseConfigText,
  type RunConfig,
  type RunSummary,
} from '@gantry/shared';
import { systemDisk, type Disk } from './disk.ts';
import { isRunningElsewhere, isTemporary, makeDirectory, removeLeftovers, writeWhole } from './files.ts';
import type { LetIn } from './registry.ts';

export interface RunLock {
  release(): Promise<void>;
}

export class RunDirectory {
  readonly path: string;
  readonly disk: Disk;
  constructor(path: string, disk: Disk = systemDisk) {
    this.path = resolve(path);
    this.disk = disk;
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
  get tensorBoard(): string {
    return join(this.path, 'tensorboard');
  }
  get summary(): string {
    return join(this.path, 'summary.json');
  }
  /** Who was let in, and may come back to a coordinator that was started again; and who of them gets no work. */
  get workers(): string {
    return join(this.path, 'workers.json');
  }

  /** Checks that a new run can begin here, and changes nothing. @throws RUN_DIRECTORY */
  async checkNew(): Promise<void> {
    const held = await this.disk.names(this.path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw this.#unusable(error.code === 'ENOTDIR' ? 'it is a file' : error);
    });
    if (held?.includes('config.json')) {
      throw gantryError(
        'RUN_DIRECTORY',
        this.path,
        'it already holds a run; add --resume to go on with it, or name another directory',
      );
    }
    if (held !== null && !(await this.#isUnbegun(held))) {
      throw gantryError('RUN_DIRECTORY', this.path, 'it is not empty; name a new or empty directory');
    }
    await this.#checkWritable();
  }

  /** Whether there is nothing, or only what a start leaves that was cut off before the run began. */
  async #isUnbegun(held: readonly string[]): Promise<boolean> {
    const rest = held.filter((name) => name !== 'lock' && !isTemporary(name));
    if (!rest.every((name) => name === 'checkpoints' || name === 'samples')) return false;
    const within = await Promise.all(
      rest.map((name) => this.disk.names(join(this.path, name)).catch(() => ['a file of that name'])),
    );
    return within.every((names) => names.length === 0);
  }

  /** Checks that the nearest directory that exists can be written to. */
  async #checkWritable(): Promise<void> {
    let nearest = this.path;
    for (;;) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- upwards, until one is there
        await this.disk.checkWritable(nearest);
        return;
      } catch (error) {
        const parent = resolve(nearest, '..');
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === nearest) {
          throw this.#unusable(error, nearest);
        }
        nearest = parent;
      }
    }
  }

  /** RUN_DIRECTORY, with what to do about it. @param place - that the error is about */
  #unusable(reason: unknown, place = this.path): GantryError {
    const { code = '' } = reason instanceof Error ? (reason as NodeJS.ErrnoException) : {};
    if (['EROFS', 'EACCES', 'EPERM'].includes(code)) {
      return gantryError(
        'RUN_DIRECTORY',
        this.path,
        `${place} cannot be written to (${code}). Make it writable, or name another directory with --run (a copy of the run, to go on with it)`,
      );
    }
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      return gantryError(
        'RUN_DIRECTORY',
        this.path,
        `its disk is full (${code}). Make room, or name a directory on another disk with --run`,
      );
    }
    return gantryError('RUN_DIRECTORY', this.path, errorText(reason));
  }

  /** The configuration of the run that is here. @throws RUN_DIRECTORY, CONFIG_* */
  async readConfig(): Promise<RunConfig> {
    let text: string;
    try {
      text = textOf(await this.disk.read(this.config));
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

  /**
   * Begins a run here. Of two coordinators that begin at once, one gets in, and the other writes nothing.
   *
   * @throws RUN_LOCKED, RUN_DIRECTORY
   */
  async begin(config: RunConfig): Promise<RunLock> {
    await this.#makeDirectories();
    const lock = await this.lock();
    try {
      // Since the look before, another may have begun here, and ended.
      await this.checkNew();
      await this.create(config);
    } catch (error) {
      await lock.release();
      throw error;
    }
    return lock;
  }

  /** For one that nobody else can know of yet, without a lock. @throws RUN_DIRECTORY */
  async create(config: RunConfig): Promise<void> {
    await this.#makeDirectories();
    try {
      await writeWhole(this.config, configText(config), this.disk);
    } catch (error) {
      throw this.#unusable(error);
    }
  }

  async #makeDirectories(): Promise<void> {
    try {
      await makeDirectory(this.checkpoints, this.disk);
      await makeDirectory(this.samples, this.disk);
    } catch (error) {
      throw this.#unusable(error);
    }
  }

  /**
   * Keeps a second coordinator out of the run, and removes what an earlier one left half written. The lock of a process
   * that is gone holds nobody.
   *
   * @throws RUN_LOCKED, RUN_DIRECTORY
   */
  async lock(): Promise<RunLock> {
    const path = join(this.path, 'lock');
    try {
      for (let attempt = 0; !(await this.#takeLock(path)); attempt++) {
        // Who has just made it may not have written its number yet.
        if (attempt === 0 && Number.isNaN(await this.#lockHolder(path))) await pause(written);
        const holder = await this.#lockHolder(path);
        if (attempt > 3 || isRunningElsewhere(holder))
          throw gantryError('RUN_LOCKED', this.path, holder, path);
        await this.disk.remove(path);
      }
      for (const each of [this.path, this.checkpoints, this.samples]) {
        await removeLeftovers(each, this.disk);
      }
    } catch (error) {
      throw error instanceof GantryError ? error : this.#unusable(error);
    }
    return {
      release: async () => {
        // Where it cannot be removed it stays, and holds nobody.
        if ((await this.#lockHolder(path)) === process.pid)
          await this.disk.remove(path).catch(() => undefined);
      },
    };
  }

  /** @returns false where somebody has it */
  async #takeLock(path: string): Promise<boolean> {
    try {
      const file = await this.disk.open(path, 'wx');
      try {
        await file.write(Buffer.from(lockText(process.pid)));
      } finally {
        await file.close();
      }
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  }

  /** NaN, which is no process, where nobody has it or its file is torn. */
  async #lockHolder(path: string): Promise<number> {
    const text = await this.disk.read(path).then(textOf, () => '');
    const holder = Number.parseInt(text, 10);
    return text === lockText(holder) ? holder : NaN;
  }

  async writeSummary(summary: RunSummary): Promise<void> {
    await writeWhole(this.summary, `${JSON.stringify(summary, null, 2)}\n`, this.disk);
  }

  async writeWorkers(workers: readonly LetIn[]): Promise<void> {
    await writeWhole(this.workers, `${JSON.stringify(workers)}\n`, this.disk);
  }

  /** Iterations of the sample sheets that are there, up to one, ascending. */
  async readSheets(most: number): Promise<number[]> {
    const names = await this.disk.names(this.samples).catch(() => []);
    return names
      .flatMap((name) => (/^\d{8,}\.png$/.test(name) ? [Number.parseInt(name, 10)] : []))
      .filter((iteration) => iteration <= most)
      .sort((a, b) => a - b);
  }

  /** null where they cannot be read; runs from before there was such a file have none. */
  async readWorkers(): Promise<readonly LetIn[] | null> {
    try {
      const found: unknown = JSON.parse(textOf(await this.disk.read(this.workers)));
      return Array.isArray(found) && found.every(isLetIn) ? found : null;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ENOENT' ? [] : null;
    }
  }
}

/** A configuration as config.json holds it. */
export const configText = (config: RunConfig): string => `${JSON.stringify(config, null, 2)}\n`;

/** Milliseconds after which whoever makes a lock has written its number. */
const written = 50;

/** With its end: half of a number would be that of another process. */
const lockText = (pid: number): string => `${pid}\n`;

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Files from before quarantines were in them say nothing of any. */
function isLetIn(value: unknown): value is LetIn {
  const { id, token, name, kind, renamed, removed, quarantined, rejections } = (value ?? {}) as Record<
    string,
    unknown
  >;
  return (
    Number.isSafeInteger(id) &&
    typeof token === 'string' &&
    typeof name === 'string' &&
    (kind === 'tab' || kind === 'headless') &&
    [renamed, removed].every((flag) => flag === undefined || typeof flag === 'boolean') &&
    (quarantined === undefined || quarantined === null || typeof quarantined === 'string') &&
    (rejections === undefined || (Array.isArray(rejections) && rejections.every(Number.isSafeInteger)))
  );
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
