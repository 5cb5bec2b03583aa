/** A `gantry start` to take pictures of: the real command, on a free port of this machine. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const command = fileURLToPath(new URL('../../packages/coordinator/bin/gantry.js', import.meta.url));

export interface Coordinator {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly joinCode: string;
  /** The presenter's token. */
  readonly token: string;
  stop(): Promise<void>;
}

/** @throws with what it printed, where it ends before it listens */
export async function startCoordinator(options: readonly string[]): Promise<Coordinator> {
  const child = spawn(process.execPath, [command, 'start', '--host', '127.0.0.1', ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NO_COLOR: '1' },
  });
  const exit = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const printed: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    printed.push(line);
    const presenter = /(http:\/\/\S+)\/present\/#(\S+)/.exec(line);
    const joinCode = printed.map((text) => /Join code: +(\w+)/.exec(text)?.[1]).find(Boolean);
    if (presenter === null || joinCode === undefined) continue;
    child.stdout.resume(); // or it would stop at a full pipe
    return {
      url: presenter[1],
      token: presenter[2],
      joinCode,
      stop: async () => {
        child.kill('SIGINT');
        await exit;
      },
    };
  }
  throw new TypeError(`gantry start ended before it listened:\n${printed.join('\n')}`);
}
