/** What a Node process holds once its garbage is collected: asked through its inspector, the program itself untouched. */
import { readdir, readFile } from 'node:fs/promises';
import { WebSocket } from 'ws';
import { freePort, until } from './gantry.ts';

export interface Held {
  /** MB of objects, after a collection. */
  readonly heap: number;
  /** MB of buffers and the like, after a collection. */
  readonly external: number;
  /** MB that the system counts for the process: with what was freed and is kept for the next time. */
  readonly resident: number;
  /** Open files and sockets. */
  readonly handles: number;
}

interface Answer {
  readonly id?: number;
  readonly result?: { readonly result?: { readonly value?: string } };
}

export class Inspected {
  /** For the process to be inspected. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #port: number;
  #socket: WebSocket | null = null;
  #asked = 0;

  static async prepare(): Promise<Inspected> {
    return new Inspected(await freePort());
  }

  private constructor(port: number) {
    this.#port = port;
    // Without this, the address is also printed on standard error.
    const options = `--inspect=127.0.0.1:${port} --inspect-publish-uid=http`;
    this.environment = { NODE_OPTIONS: options };
  }

  async held(pid: number): Promise<Held> {
    await this.#ask('HeapProfiler.collectGarbage', {});
    const expression = 'JSON.stringify(process.memoryUsage())';
    const { result } = await this.#ask('Runtime.evaluate', { expression, returnByValue: true });
    const usage = JSON.parse(result?.result?.value ?? '{}') as NodeJS.MemoryUsage;
    const megabytes = (bytes: number): number => bytes / 2 ** 20;
    return {
      heap: megabytes(usage.heapUsed),
      external: megabytes(usage.external),
      resident: megabytes(usage.rss),
      handles: (await readdir(`/proc/${pid}/fd`)).length,
    };
  }

  close(): void {
    this.#socket?.close();
  }

  async #ask(method: string, params: object): Promise<Answer> {
    const socket = (this.#socket ??= await this.#connect());
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      const listen = (data: WebSocket.RawData): void => {
        const answer = JSON.parse((data as Buffer).toString()) as Answer;
        if (answer.id !== id) return;
        socket.off('message', listen);
        resolve(answer);
      };
      socket.on('message', listen);
      socket.once('close', () => reject(new TypeError(`The process ended during ${method}`)));
      socket.send(JSON.stringify({ id, method, params }));
    });
  }

  async #connect(): Promise<WebSocket> {
    const [{ webSocketDebuggerUrl }] = await until('the inspector', () =>
      fetch(`http://127.0.0.1:${this.#port}/json/list`).then(
        (response) => response.json() as Promise<[{ readonly webSocketDebuggerUrl: string }]>,
        () => null,
      ),
    );
    const socket = new WebSocket(webSocketDebuggerUrl);
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    socket.setMaxListeners(0);
    return socket;
  }
}

/** The most that the process ever had resident, in MB. Linux. */
export async function mostResident(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? NaN) / 1024;
}

/** Standard error without what Node says of its inspector. */
export const withoutInspector = (stderr: string): string =>
  stderr
    .split('\n')
    .filter(
      (line) =>
        !/^(Debugger (attached|ending)|Waiting for the debugger to disconnect|For help, see: https:\/\/nodejs)/.test(
          line,
        ),
    )
    .join('\n');
