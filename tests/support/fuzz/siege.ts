/** A run that is fuzzed: the coordinator, a process of its own, and its good worker go on with it meanwhile. */
import { open, type FileHandle } from 'node:fs/promises';
import { vi } from 'vitest';
import { childrenOf, completed, differences, until, type System } from '../gantry.ts';
import { Campaign, type Amount, type CampaignOptions, type Histogram } from './campaign.ts';
import { trainUndisturbed } from '../undisturbed.ts';
import { vitalsEnvironment, vitalsOf, type Vitals } from './vitals.ts';

export interface Siege
  extends Amount, Pick<CampaignOptions, 'seed' | 'peers' | 'holders' | 'burst' | 'rate'> {
  /** Of `gantry start`, of a run with the codec `float32`. */
  readonly options: readonly string[];
  readonly iterations: number;
  /** The good worker does at least an iteration in each, and memory is measured after it. */
  readonly slices: number;
}

export interface Besieged {
  readonly histogram: Histogram;
  readonly thrown: Amount;
  /** Frames for leases that their senders held. */
  readonly held: number;
  readonly connections: number;
  /** Of the coordinator: before, then after each slice. */
  readonly vitals: readonly Vitals[];
  /** Iterations done when the last input had been thrown. */
  readonly iterations: number;
  readonly stderr: string;
  /** Tensors in which the run differs from the undisturbed one. */
  readonly differences: readonly string[];
  readonly seconds: number;
}

export async function besiege(system: System, siege: Siege): Promise<Besieged> {
  const all = [
    ...siege.options,
    '--iterations',
    String(siege.iterations),
    '--workers',
    '1',
    '--no-join-code',
  ];
  const environment = await vitalsEnvironment();
  const { env, folder } = environment;
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  try {
    const coordinator = await system.start('besieged', all);
    vi.unstubAllEnvs();
    const { pid, url, directory } = coordinator;
    const [worker] = await until('the good worker', () => nonEmpty(childrenOf(pid)));
    const tail = await Tail.open(`${directory}/events.jsonl`);
    const campaign = new Campaign({ ...siege, url });
    const began = performance.now();
    await until('an iteration', async () => ((await tail.iterations()) >= 1 ? true : null));
    system.freeze(worker);
    const vitals = [await vitalsOf(pid, folder)];
    for (let slice = 1; slice <= siege.slices; slice++) {
      const share = slice / siege.slices;
      const thrown = campaign.throwUntil({
        frames: Math.ceil(share * siege.frames),
        messages: Math.ceil(share * siege.messages),
      });
      /* oxlint-disable no-await-in-loop -- slice after slice */
      const before = await tail.iterations();
      system.thaw(worker);
      await until('an iteration more', async () => ((await tail.iterations()) > before ? true : null), 300);
      system.freeze(worker);
      await thrown;
      vitals.push(await vitalsOf(pid, folder));
      /* oxlint-enable no-await-in-loop */
    }
    const seconds = (performance.now() - began) / 1000;
    const iterations = await tail.iterations();
    system.thaw(worker);
    await tail.close();
    await completed(coordinator);
    const { histogram, thrown, held, connections } = campaign;
    return {
      histogram, thrown, held, connections, vitals, iterations, seconds,
      stderr: (await coordinator.exit).stderr,
      differences: await differences(directory, await trainUndisturbed(directory)),
    }; // prettier-ignore
  } finally {
    vi.unstubAllEnvs();
    await environment.remove();
  }
}

const nonEmpty = <T>(list: readonly T[]): readonly T[] | null => (list.length > 0 ? list : null);

/** Counts iterations in a log as it grows, reading each line once: there are hundreds of thousands. */
class Tail {
  readonly #file: FileHandle;
  readonly #buffer = Buffer.alloc(1 << 20);
  #at = 0;
  #rest = '';
  #iterations = 0;

  static async open(path: string): Promise<Tail> {
    return new Tail(await until(path, () => open(path).catch(() => null)));
  }
  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Complete ones. */
  async iterations(): Promise<number> {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop
      const { bytesRead } = await this.#file.read(this.#buffer, 0, this.#buffer.length, this.#at);
      if (bytesRead === 0) return this.#iterations;
      this.#at += bytesRead;
      const lines = (this.#rest + this.#buffer.toString('latin1', 0, bytesRead)).split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line.includes('"type":"step"') && line.includes('"phase":"generator"')) this.#iterations += 1;
      }
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** Bytes kept for each input, by least squares over what was measured after each slice. */
export function slope(vitals: readonly Vitals[], inputs: number): number {
  const points = vitals.map(({ live }, i) => [(i / (vitals.length - 1)) * inputs, live] as const);
  const mean = (of: (point: readonly [number, number]) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean(([at]) => at), mean(([, bytes]) => bytes)];
  return mean(([at, bytes]) => (at - x) * (bytes - y)) / mean(([at]) => (at - x) ** 2);
}
