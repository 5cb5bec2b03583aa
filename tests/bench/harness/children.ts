/**
 * Processes that a row starts. They are asked by message, like functions, and never outlive the row: not where it
 * fails, not on Ctrl-C, not where this process is killed.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Answer, Commands, Question } from './serve.ts';

export interface Child<C extends Commands> {
  readonly pid: number;
  /** Calls a function of that process. @throws TypeError with the text of what it threw, or where the process ended */
  ask<K extends keyof C & string>(command: K, ...args: Parameters<C[K]>): Promise<Awaited<ReturnType<C[K]>>>;
  stop(): Promise<void>;
}

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

export class Children {
  readonly #running = new Set<ChildProcess>();

  /**
   * @param file - in `processes/`; must call `serve`
   * @typeParam C - what it serves
   */
  async start<C extends Commands>(file: string, nodeOptions: readonly string[] = []): Promise<Child<C>> {
    const script = fileURLToPath(new URL(`../processes/${file}`, import.meta.url));
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), ...nodeOptions, script], {
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
    const gone = new Promise<void>((resolve) => {
      child.once('close', (code, signal) => {
        const text = `${file} ended (${signal ?? `exit code ${code}`}). ${complaint.trim()}`.trim();
        for (const { reject } of waiting.values()) reject(new TypeError(text));
        waiting.clear();
        resolve();
      });
    });
    await ready;
    let next = 1;
    return {
      pid: child.pid ?? -1,
      ask: <K extends keyof C & string>(command: K, ...args: Parameters<C[K]>) =>
        new Promise<Awaited<ReturnType<C[K]>>>((resolve, reject) => {
          const id = next++;
          waiting.set(id, { resolve, reject });
          child.send({ id, command, args } satisfies Question);
        }),
      async stop() {
        child.kill('SIGKILL');
        await gone;
      },
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

  async stop(): Promise<void> {
    await Promise.all(
      [...this.#running].map((child) => {
        const gone = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGKILL');
        return gone;
      }),
    );
  }
}
