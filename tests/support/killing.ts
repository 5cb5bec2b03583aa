/** A run whose coordinator is killed over and over, at instants drawn from a seed, and resumed each time. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  completed,
  eventsOf,
  freePort,
  until,
  type Command,
  type Coordinator,
  type System,
} from './gantry.ts';

export interface Killing {
  /** Steps that it does before each kill; then it is killed at an instant that is drawn. */
  readonly kills: readonly number[];
  /** In [0, 1). */
  readonly random: () => number;
  /** Of the run; `--port` and `--workers` are given. */
  readonly options: readonly string[];
  /** `local`: begun by the coordinator, gone with it. `own`: a process of its own, which outlives it. */
  readonly worker: 'local' | 'own';
}

export interface Killed {
  readonly directory: string;
  /** Kills while it was training, and while it was starting. */
  readonly kills: { readonly training: number; readonly starting: number };
  /** Of each resumption: steps computed again, and versions that it went back behind the last checkpoint, which is to be 0. */
  readonly lost: readonly { readonly steps: number; readonly beyondCheckpoint: number }[];
  /** Checkpoints that were found damaged. */
  readonly damaged: readonly string[];
  /** The worker of its own. */
  readonly worker: Command | null;
}

export async function trainKilled(system: System, name: string, killing: Killing): Promise<Killed> {
  const { kills, random, options } = killing;
  const where = ['--port', String(await freePort()), '--workers', killing.worker === 'local' ? '1' : '0'];
  let coordinator = await system.start(name, [...where, ...options]);
  const { directory } = coordinator;
  const worker = killing.worker === 'local' ? null : workFor(system, coordinator);
  const count = { training: 0, starting: 0 };
  const lost: { steps: number; beyondCheckpoint: number }[] = [];
  // Each coordinator goes on from what the one before left.
  /* oxlint-disable no-await-in-loop */
  for (const [kill, steps] of kills.entries()) {
    if (kill > 0 && random() < 0.2) {
      // While it reads checkpoints, takes the lock, or cleans up.
      const starting = system.gantry([
        'start',
        '--resume',
        '--run',
        directory,
        '--host',
        '127.0.0.1',
        ...where,
      ]);
      await new Promise((resolve) => setTimeout(resolve, 1500 * random()));
      starting.signal('SIGKILL');
      await starting.exit;
      count.starting += 1;
    } else {
      await someSteps(coordinator, steps);
      // Anywhere in a step, and in the writing of a checkpoint.
      await new Promise((resolve) => setTimeout(resolve, 60 * random()));
      coordinator.signal('SIGKILL');
      const exit = await coordinator.exit;
      if (exit.code === 0) break; // it was quicker
      count.training += 1;
      const before = await progressOf(directory);
      coordinator = await system.start(name, ['--resume', ...where]);
      lost.push(await lossOf(coordinator, before));
    }
  }
  /* oxlint-enable no-await-in-loop */
  await completed(coordinator);
  const names = await readdir(directory, { recursive: true });
  return {
    directory,
    kills: count,
    lost,
    damaged: names.filter((each) => each.endsWith('.damaged')),
    worker,
  };
}

function workFor(system: System, { url, joinCode }: Coordinator): Command {
  return system.gantry(['work', url, '--code', joinCode, '--name', 'own']);
}

/** Waits until this coordinator has done so many steps. */
const someSteps = (coordinator: Coordinator, steps: number): Promise<true> =>
  until(`${steps} steps`, async () => {
    const events = await eventsOf(coordinator.directory);
    const begun = events.findLastIndex(isBeginning);
    return events.slice(begun).filter(({ type }) => type === 'step').length >= steps || null;
  });

const isBeginning = ({ type }: { readonly type: string }): boolean =>
  type === 'started' || type === 'resumed';

interface Progress {
  readonly beginnings: number;
  /** Version that the last step made. */
  readonly version: number;
  /** Version of the last checkpoint that is logged; 0: none. */
  readonly checkpoint: number;
}

async function progressOf(directory: string): Promise<Progress> {
  const events = await eventsOf(directory);
  const last = (type: string): number => events.findLast((event) => event.type === type)?.version ?? -1;
  return {
    beginnings: events.filter(isBeginning).length,
    version: last('step') + 1,
    checkpoint: Math.max(0, last('checkpoint')),
  };
}

async function lossOf({ directory }: Coordinator, before: Progress): Promise<Killed['lost'][number]> {
  const { version = -1 } = await until('it begins', async () => {
    const beginnings = (await eventsOf(directory)).filter(isBeginning);
    return beginnings.length > before.beginnings ? beginnings[beginnings.length - 1] : null;
  });
  return {
    // A checkpoint may be newer than the last line that reached the log.
    steps: Math.max(0, before.version - version),
    beyondCheckpoint: Math.max(0, before.checkpoint - version),
  };
}

/** Files that a crash left half written. */
export const leftovers = async (directory: string): Promise<string[]> =>
  (await readdir(directory, { recursive: true }))
    .filter((name) => name.endsWith('.tmp'))
    .map((name) => join(directory, name));
