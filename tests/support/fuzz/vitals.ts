/** What a process in another address space keeps: `loadVitals` puts a listener into it, `vitalsOf` asks. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../gantry.ts';

export interface Vitals {
  /** After a collection of all garbage: heap and buffers. Bytes. */
  readonly live: number;
  readonly rss: number;
  /** Open sockets, among them the one that listens. */
  readonly sockets: number;
}

/** Environment of processes that can be asked. */
export async function vitalsEnvironment(): Promise<{
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  remove(): Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-vitals-'));
  const listener = fileURLToPath(new URL('./vitals-listener.mjs', import.meta.url));
  return {
    env: { NODE_OPTIONS: `--import ${listener}`, GANTRY_VITALS: folder },
    folder,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Asks a process of that environment. */
export async function vitalsOf(pid: number, folder: string): Promise<Vitals> {
  const file = join(folder, `${pid}.json`);
  await rm(file, { force: true });
  process.kill(pid, 'SIGUSR2');
  return until(`vitals of process ${pid}`, async () => {
    const text = await readFile(file, 'utf8').catch(() => null);
    return text === null ? null : (JSON.parse(text) as Vitals);
  });
}
