/** A long run with workers that come and go, and what its processes hold meanwhile: shared by the short and the long form. */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { LightWorker } from './crowd.ts';
import { EventTail } from './event-tail.ts';
import { completed, type System } from './gantry.ts';
import { Inspected, withoutInspector, type Held } from './inspected.ts';
import { slope } from './slope.ts';
import type { Holding } from './steady-worker.ts';

/** At a number of steps done, with nobody there but the steady worker. */
export interface Sample extends Held {
  readonly steps: number;
  /** Live tensors on the steady worker. */
  readonly tensors: number;
  /** MB resident of the steady worker. */
  readonly worker: number;
}

export interface Endured {
  readonly samples: readonly Sample[];
  /** Joins of workers that came, worked and went. */
  readonly visits: number;
  readonly stderr: string;
}

/** Visitors at a time, and milliseconds that they stay. */
const visitors = 4;
const stay = 150;

/** @param every - steps from one sample to the next */
export async function endure(system: System, name: string, steps: number, every: number): Promise<Endured> {
  const inspected = await Inspected.prepare();
  const iterations = ['--iterations', String(steps / 2)];
  // Visitors compute nothing, which audits and trials would find out: there are none of records of a whole lease.
  const settings = ['--set', 'batch.microbatch=32', '--set', 'batchNorm.statistics=local'];
  const options = ['--workers', '0', '--preset', 'ring', ...settings, ...iterations];
  const coordinator = await system.start(name, options, undefined, inspected.environment);
  const script = fileURLToPath(new URL('steady-worker.ts', import.meta.url));
  const steady = fork(script, [coordinator.url, coordinator.joinCode], {
    execArgv: ['--import', import.meta.resolve('tsx')],
  });
  try {
    const tail = new EventTail(coordinator.directory);
    const samples: Sample[] = [];
    /** Of those who came before: they come back. */
    const tokens: (string | undefined)[] = Array.from({ length: visitors }, () => undefined);
    let done = 0;
    let visits = 0;
    // The last visitors are gone before the run is done, and its coordinator with it.
    while (done < steps - 400) {
      const crowd = tokens.map((token, i) => new LightWorker(coordinator, `visitor ${i}`, { token }));
      // oxlint-disable-next-line no-await-in-loop -- one visit after the other
      const welcomes = await Promise.all(crowd.map(({ joined }) => joined));
      welcomes.forEach(({ token }, i) => (tokens[i] = token));
      visits += crowd.length;
      // oxlint-disable-next-line no-await-in-loop
      await new Promise((resolve) => setTimeout(resolve, stay));
      crowd.forEach((worker, i) => (i % 2 === 0 ? worker.leave() : worker.vanish()));
      // oxlint-disable-next-line no-await-in-loop
      await Promise.all(crowd.map(({ closed }) => closed));
      // oxlint-disable-next-line no-await-in-loop
      done += (await tail.next()).filter(({ type }) => type === 'step').length;
      if (done < (samples.length + 1) * every) continue;
      // oxlint-disable-next-line no-await-in-loop
      const [held, { tensors, resident }] = await Promise.all([
        inspected.held(coordinator.pid),
        holdingOf(steady),
      ]);
      samples.push({ ...held, steps: done, tensors, worker: resident });
    }
    inspected.close();
    await completed(coordinator);
    return { samples, visits, stderr: withoutInspector((await coordinator.exit).stderr) };
  } finally {
    inspected.close();
    steady.kill('SIGKILL');
  }
}

const holdingOf = (worker: ChildProcess): Promise<Holding> =>
  new Promise((resolve) => {
    worker.once('message', (holding) => resolve(holding as Holding));
    worker.send('?');
  });

/** Rise per 1,000 steps, once it is warm: caches fill, and V8 compiles what is used much. */
export function rises({ samples }: Endured): Readonly<Record<keyof Held | 'tensors' | 'worker', number>> {
  const warm = samples.slice(Math.floor(samples.length / 3));
  const rise = (of: keyof Sample): number => slope(warm.map((sample) => [sample.steps / 1000, sample[of]]));
  return {
    heap: rise('heap'),
    external: rise('external'),
    resident: rise('resident'),
    handles: rise('handles'),
    tensors: rise('tensors'),
    worker: rise('worker'),
  };
}
