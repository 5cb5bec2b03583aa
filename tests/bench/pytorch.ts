/** PyTorch as Debian packages it, in a process that is asked line by line. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Children } from './harness/children.ts';
import type { Skipped } from './harness/row.ts';

/** Debian's own: what is in PATH may be another, with other libraries. */
const python = '/usr/bin/python3';
const script = fileURLToPath(new URL('processes/pytorch_step.py', import.meta.url));
const install = 'install it with: apt-get install python3-torch libopenblas0-pthread';

export interface PyTorch {
  readonly version: string;
  /** Of each network. */
  readonly parameters: Readonly<Record<'generator' | 'discriminator', number>>;
  /** @returns milliseconds of a discriminator and a generator step together, the mean of `times` */
  steps(times: number): Promise<number>;
}

export async function startPyTorch(children: Children): Promise<PyTorch | Skipped> {
  const child = spawn(python, [script], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
  });
  children.adopt(child);
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-2000)));
  const gone = new Promise<null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', () => resolve(null));
  });
  child.stdin.on('error', () => undefined); // it is gone, which is told by the missing answer
  const lines = createInterface(child.stdout);
  const answer = async (): Promise<string | null> =>
    Promise.race([once(lines, 'line').then(([line]) => line as string), gone]);
  const first = await answer();
  if (first === null) {
    const reason = complaint.trim().split('\n').at(-1) ?? '';
    return { skipped: `PyTorch does not start in ${python} (${reason}); ${install}` };
  }
  const about = JSON.parse(first) as Omit<PyTorch, 'version' | 'steps'> & {
    torch: string;
    openblas: boolean;
  };
  if (!about.openblas)
    return { skipped: `PyTorch has no OpenBLAS here, which makes it 8 times slower; ${install}` };
  return {
    version: about.torch,
    parameters: about.parameters,
    async steps(times) {
      child.stdin.write(`${times}\n`);
      const milliseconds = await answer();
      if (milliseconds === null) throw new TypeError(`PyTorch ended: ${complaint.trim()}`);
      return Number(milliseconds);
    },
  };
}
