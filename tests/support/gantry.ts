/**
 * The `gantry` command as people run it: processes of their own, real sockets, real files. What a test starts
 * ends with its file, also where it fails.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import { largestError, phaseNames, type RunSummary } from '@gantry/shared';
import { latestCheckpoint, type Checkpoint } from '../../packages/coordinator/src/run/checkpoint.ts';

const command = fileURLToPath(new URL('../../packages/coordinator/bin/gantry.js', import.meta.url));

/** Milliseconds for a test of whole runs. They take seconds; on a busy machine, longer. */
export const patience = 120_000;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A `gantry` process. */
export interface Command {
  readonly pid: number;
  /** What it has printed so far. */
  stdout(): string;
  readonly exit: Promise<Exit>;
  signal(name: NodeJS.Signals): void;
}

/** A `gantry start` that listens. */
export interface Coordinator extends Command {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly joinCode: string;
  /** The presenter's address, with its token. */
  readonly presenter: string;
  /** The run directory. */
  readonly directory: string;
}

/** What tests run in: a temporary folder, and all processes they start. */
export interface System {
  /** Removed at the end. */
  readonly folder: string;
  /**
   * @param cwd - `folder` without it
   * @param environment - on top of this process's
   */
  gantry(options: readonly string[], cwd?: string, environment?: Readonly<Record<string, string>>): Command;
  /**
   * `gantry start` on a free port of this machine, its run in `folder`/`name`. Resolves when it listens.
   *
   * @param stays - keeps the pages open when done, as it does for people, until it is told to end
   */
  start(
    name: string,
    options: readonly string[],
    stays?: 'stays',
    environment?: Readonly<Record<string, string>>,
  ): Promise<Coordinator>;
  /** The same to its end, which must be a good one. Returns the run directory. */
  train(name: string, options: readonly string[]): Promise<string>;
  /** Stops a process as a closed laptop lid does. It is ended with the rest, wherever it came from. */
  freeze(pid: number): void;
  thaw(pid: number): void;
  kill(pid: number): void;
}

/** Call once at the top of a file. */
export function useSystem(): System {
  let folder = '';
  const children = new Set<ChildProcess>();
  const frozen = new Set<number>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gantry-system-'));
  });
  afterAll(async () => {
    // A frozen process does not notice that its coordinator is gone, nor does one that has only just begun.
    const theirs = [...children].flatMap(({ pid }) => (pid === undefined ? [] : childrenOf(pid)));
    for (const pid of [...frozen, ...theirs]) send(pid, 'SIGKILL');
    await Promise.all(
      [...children].map(async (child) => {
        const gone = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGKILL');
        await gone;
      }),
    );
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  const gantry: System['gantry'] = (options, cwd = folder, environment = {}) => {
    const child = spawn(process.execPath, [command, ...options], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', ...environment },
    });
    children.add(child);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const exit = new Promise<Exit>((resolve) => {
      child.once('close', (code, signal) => {
        children.delete(child);
        resolve({ code, signal, stdout, stderr });
      });
    });
    return {
      pid: child.pid ?? -1,
      stdout: () => stdout,
      exit,
      signal: (name) => void child.kill(name),
    };
  };

  const start: System['start'] = async (name, options, stays, environment) => {
    const directory = join(folder, name);
    const port = await freePort();
    const where = ['--host', '127.0.0.1', '--port', String(port), '--run', directory];
    const ending = stays === 'stays' ? [] : ['--exit-when-done'];
    const started = gantry(['start', ...where, ...ending, ...options], folder, environment);
    let ended: Exit | null = null;
    void started.exit.then((exit) => (ended = exit));
    await until('gantry start listens', () => {
      if (ended !== null) throw new TypeError(`gantry start ended: ${JSON.stringify(ended)}`);
      return /^Presenter: /m.test(started.stdout()) || null;
    });
    const printed = (label: string): string =>
      new RegExp(`^${label}: +(\\S+)`, 'm').exec(started.stdout())?.[1] ?? '';
    return {
      ...started,
      directory,
      url: printed('Join'),
      joinCode: printed('Join code'),
      presenter: printed('Presenter'),
    };
  };

  return {
    get folder() {
      return folder;
    },
    gantry,
    start,
    async train(name, options) {
      const coordinator = await start(name, options);
      await completed(coordinator);
      return coordinator.directory;
    },
    freeze(pid) {
      frozen.add(pid);
      send(pid, 'SIGSTOP');
    },
    thaw(pid) {
      send(pid, 'SIGCONT');
      frozen.delete(pid);
    },
    kill(pid) {
      send(pid, 'SIGKILL');
      frozen.delete(pid);
    },
  };
}

/** Waits for the end of a run. @returns its `summary.json` */
export async function completed(coordinator: Coordinator): Promise<RunSummary> {
  const exit = await coordinator.exit;
  if (exit.code !== 0 || !exit.stdout.includes('\nDone: ')) {
    throw new TypeError(`The run did not complete: ${JSON.stringify(exit)}`);
  }
  return summaryOf(coordinator.directory);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Asks until the answer is not null. Polls: what it waits for happens in other processes. */
export async function until<T>(
  what: string,
  ask: () => T | null | Promise<T | null>,
  seconds = 60,
): Promise<T> {
  const end = performance.now() + 1000 * seconds;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (performance.now() > end) throw new TypeError(`Not within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A port that was free just now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

// --- processes ------------------------------------------------------------------------------------

/** Whether a process of that id is there and not a zombie that only waits to be collected. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return process.platform !== 'linux' || statusOf(pid).state !== 'Z';
}

/** Ids of the processes that `pid` has started, such as the local workers of a coordinator. */
export function childrenOf(pid: number): number[] {
  // Containers often have no ps, macOS has no /proc.
  const pairs =
    process.platform === 'linux'
      ? readdirSync('/proc')
          .filter((name) => /^\d+$/.test(name))
          .map((name) => [Number(name), statusOf(Number(name)).parent])
      : execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
          .split('\n')
          .map((line) => line.trim().split(/\s+/).map(Number));
  return pairs
    .filter(([, parent]) => parent === pid)
    .map(([id]) => id)
    .sort((left, right) => left - right);
}

/** proc_pid_stat(5): after the name in parentheses come the state and the parent's id. */
function statusOf(pid: number): { readonly state: string; readonly parent: number } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return { state: 'gone', parent: 0 };
  }
}

// --- files of a run -------------------------------------------------------------------------------

/** A line of `events.jsonl`; which fields it has depends on its type. */
export interface LoggedEvent {
  readonly type: string;
  /** Milliseconds since 1970. */
  readonly time?: number;
  readonly version?: number;
  readonly iteration?: number;
  readonly worker?: number;
  readonly name?: string;
  readonly code?: string;
  readonly reason?: string;
  readonly forGood?: boolean;
  readonly back?: boolean;
  readonly slept?: number;
  readonly backend?: string;
  readonly state?: string;
  readonly after?: number;
  readonly loss?: number;
  readonly phase?: string;
  readonly pace?: number;
  readonly exchanges?: number;
  readonly exchangeMilliseconds?: number;
  readonly exchangeBytesUp?: number;
  readonly exchangeBytesDown?: number;
  readonly checksum?: number;
  readonly action?: string;
}

export async function eventsOf(directory: string): Promise<LoggedEvent[]> {
  const text = await readFile(join(directory, 'events.jsonl'), 'utf8').catch(() => '');
  // What follows the last newline is still being written.
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as LoggedEvent);
}

/** Waits for a line of `events.jsonl`. */
export const logged = (
  directory: string,
  what: string,
  matches: (event: LoggedEvent) => boolean,
): Promise<LoggedEvent> =>
  until(`${what} in events.jsonl`, async () => (await eventsOf(directory)).find(matches) ?? null);

/** Waits until the worker of that name has passed its test. */
export async function workerReady(directory: string, name: string): Promise<void> {
  const joined = await logged(directory, `${name} joined`, (event) => event.name === name);
  await logged(
    directory,
    `${name} ready`,
    ({ type, worker }) => type === 'worker-ready' && worker === joined.worker,
  );
}

/** Waits until the run has done so many iterations. */
export const iterationsDone = (directory: string, iterations: number): Promise<LoggedEvent> =>
  logged(
    directory,
    `iteration ${iterations}`,
    ({ type, iteration }) => type === 'step' && (iteration ?? 0) >= iterations,
  );

/** Waits until no step is done any more: everybody waits for a frozen worker. */
export async function standstill(directory: string): Promise<void> {
  let before = -1;
  await until('a step that waits', async () => {
    await new Promise((resolve) => setTimeout(resolve, 400));
    const now = (await eventsOf(directory)).filter(({ type }) => type === 'step').length;
    if (now === before) return true;
    before = now;
    return null;
  });
}

export const summaryOf = async (directory: string): Promise<RunSummary> =>
  JSON.parse(await readFile(join(directory, 'summary.json'), 'utf8')) as RunSummary;

/** The latest checkpoint of a run. */
export async function checkpointOf(directory: string): Promise<Checkpoint> {
  const checkpoint = await latestCheckpoint(join(directory, 'checkpoints'), (error) => {
    throw error;
  });
  if (checkpoint === null) throw new TypeError(`No checkpoint in ${directory}`);
  return checkpoint;
}

/** Names of the tensors in which two runs' latest checkpoints differ by as much as a bit; [] for equal runs. */
export async function differences(one: string, other: string): Promise<string[]> {
  const [a, b] = await Promise.all([checkpointOf(one), checkpointOf(other)]);
  if (a.record.version !== b.record.version) return ['version'];
  if (a.tensors.size < 10) return ['too few tensors to be a checkpoint'];
  return [...new Set([...a.tensors.keys(), ...b.tensors.keys()])].filter((name) => {
    const left = a.tensors.get(name)?.data;
    const right = b.tensors.get(name)?.data;
    return left === undefined || right === undefined || !bytes(left).equals(bytes(right));
  });
}

/** Largest relative error of a network's parameters between two runs' latest checkpoints, running statistics included. */
export async function parameterError(found: string, expected: string): Promise<number> {
  const [a, b] = await Promise.all([checkpointOf(found), checkpointOf(expected)]);
  const networks = phaseNames.map((network) =>
    [...b.tensors]
      .filter(([name]) => name.startsWith(`${network}/`))
      .map(([name, { data }]) => ({ name, found: a.tensors.get(name)?.data ?? [], expected: data })),
  );
  if (networks.some((tensors) => tensors.length === 0)) return Infinity;
  return Math.max(...networks.map(largestError));
}

const bytes = (data: Float32Array | Float64Array): Buffer =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength);

/** Microbatches that each worker contributed to a run, by the worker's name. */
export async function contributions(directory: string): Promise<Readonly<Record<string, number>>> {
  const { record } = await checkpointOf(directory);
  return Object.fromEntries(record.workers.map(({ name, microbatches }) => [name, microbatches]));
}
