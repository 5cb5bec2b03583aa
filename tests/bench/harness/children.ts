/**
 * Processes that a row starts. They are asked by message, like functions, and never outlive the row: not where it
 * fails, not on Ctrl-C, not where this process is killed.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Answer, Commands, Question } from './serve.ts';

export interface Child<C extends Commands> {
  readonly pid: number;
  /** Lets it end before its row does. */
  stop(): void;
  /** Calls a function of that process. @throws TypeError with the text of what it threw, or where the process ended */
  ask<K extends keyof C & string>(command: K, ...args: Parameters<C[K]>): Promise<Awaited<ReturnType<C[K]>>>;
}

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

export class Children {
  readonly #running = new Set<ChildProcess>();
  readonly #profiles: string | null;

  /** @param profiles - a folder for a CPU profile of each process; null: none */
  constructor(profiles: string | null = null) {
    this.#profiles = profiles;
  }

  /**
   * @param file - in `processes/`; must call `serve`
   * @param within - a command that runs it somewhere else, as in a network namespace
   * @typeParam C - what it serves
   */
  async start<C extends Commands>(file: string, within: readonly string[] = []): Promise<Child<C>> {
    const profile =
      this.#profiles === null
        ? []
        : ['--cpu-prof', `--cpu-prof-dir=${join(this.#profiles, nameOfProfile(file))}`];
    const script = fileURLToPath(new URL(`../processes/${file}`, import.meta.url));
    const node = [process.execPath, ...profile, '--import', import.meta.resolve('tsx'), script];
    const [program, ...rest] = [...within, ...node];
    const child = spawn(program, rest, {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced', // arrays of numbers travel as such
    });
    this.adopt(child);
    const waiting = new Map<number, Waiting>();
    let complaint = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-4000);
    });
    const ready = new Promise<unknown>((resolve, reject) => waiting.set(0, { resolve, reject }));
    child.on('message', (answer: Answer) => {
      const asker = waiting.get(answer.id);
      waiting.delete(answer.id);
      if ('error' in answer) asker?.reject(new TypeError(`${file}: ${answer.error}`));
      else asker?.resolve(answer.result as never);
    });
    child.once('close', (code, signal) => {
      const text = `${file} ended (${signal ?? `exit code ${code}`}). ${complaint.trim()}`.trim();
      for (const { reject } of waiting.values()) reject(new TypeError(text));
      waiting.clear();
    });
    await ready;
    let next = 1;
    return {
      pid: child.pid ?? 0, // it has answered
      stop: () => child.disconnect(),
      ask: <K extends keyof C & string>(command: K, ...args: Parameters<C[K]>) =>
        new Promise<Awaited<ReturnType<C[K]>>>((resolve, reject) => {
          const id = next++;
          waiting.set(id, { resolve, reject });
          child.send({ id, command, args } satisfies Question);
        }),
    };
  }

  /** Takes care of a process that was started otherwise. */
  adopt(child: ChildProcess): void {
    this.#running.add(child);
    child.once('exit', () => this.#running.delete(child));
  }

  /** At once: there is nothing to lose in them. */
  kill(): void {
    for (const child of this.#running) child.kill('SIGKILL');
  }

  /** Tells them to end, so that profiles are written, and ends those that do not. */
  async stop(): Promise<void> {
    await Promise.all(
      [...this.#running].map(async (child) => {
        const gone = new Promise((resolve) => child.once('exit', resolve));
        const timer = setTimeout(() => child.kill('SIGKILL'), this.#profiles === null ? 1000 : 20_000);
        if (child.connected) child.disconnect();
        else child.kill('SIGKILL');
        await gone;
        clearTimeout(timer);
      }),
    );
  }
}

let profiles = 0;
const nameOfProfile = (file: string): string => {
  profiles += 1;
  return `${String(profiles).padStart(2, '0')}-${file.replace('.ts', '')}`;
};
