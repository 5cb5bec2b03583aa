/**
 * The headless workers that `gantry start` brings along, as processes of their own. They end with their
 * coordinator, also when it is killed: the channel between them closes then.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const command = fileURLToPath(new URL('../../bin/gantry.js', import.meta.url));

export interface LocalWorkers {
  readonly count: number;
  /** Tells them to leave, and resolves when they are gone. */
  stop(): Promise<void>;
}

/** What they are told of the coordinator. */
export interface Introduction {
  readonly url: string;
  readonly joinCode: string | null;
  /** Of its certificate, which nobody vouches for; null for plain http. */
  readonly fingerprint: string | null;
}

/**
 * @param failed - told when a worker ends that was not stopped
 */
export function startLocalWorkers(
  count: number,
  { url, joinCode, fingerprint }: Introduction,
  failed: (message: string) => void,
): LocalWorkers {
  let stopping = false;
  const pin = fingerprint === null ? [] : ['--fingerprint', fingerprint];
  const children = Array.from({ length: count }, (_, i) => {
    const child = spawn(
      process.execPath,
      [command, 'work', url, '--name', `this machine ${i + 1}`, '--quiet', '--attached', ...pin],
      {
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        // Not among the arguments, which every user of the machine can read.
        env: { ...process.env, GANTRY_JOIN_CODE: joinCode ?? '' },
      },
    );
    let complaint = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-2000);
    });
    child.on('error', (error) => failed(`Local worker ${i + 1} did not start: ${error.message}`));
    child.on('exit', (code, signal) => {
      if (stopping || code === 0) return;
      failed(`Local worker ${i + 1} ended (${signal ?? `exit code ${code}`}). ${complaint.trim()}`.trim());
    });
    return child;
  });
  return {
    count,
    async stop() {
      stopping = true;
      await Promise.all(children.map(gone));
    },
  };
}

/** Disconnecting asks it to leave; what does not within two seconds is killed. */
async function gone(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((done) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), 2000);
    child.once('exit', () => {
      clearTimeout(timer);
      done();
    });
    if (child.connected) child.disconnect();
  });
}
