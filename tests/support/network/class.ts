/** A class of four machines that compute nothing, twice: over real sockets and links, and as the lab simulates it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planModel } from '@gantry/shared';
import { SimulatedWorker } from '../../../packages/worker/src/headless/simulated.ts';
import { checkScenario } from '../../../packages/coordinator/src/lab/scenario/check.ts';
import { configOf } from '../../../packages/coordinator/src/lab/scenario/cells.ts';
import type { Scenario } from '../../../packages/coordinator/src/lab/scenario/schema.ts';
import { Dice } from '../../../packages/coordinator/src/lab/world/dice.ts';
import { populate } from '../../../packages/coordinator/src/lab/world/population.ts';
import { Reception } from '../../../packages/coordinator/src/lab/world/reception.ts';
import { VirtualClock } from '../../../packages/coordinator/src/lab/world/virtual-clock.ts';
import { beginning } from '../../../packages/coordinator/src/run/checkpoint.ts';
import { RunDirectory } from '../../../packages/coordinator/src/run/directory.ts';
import { Run } from '../../../packages/coordinator/src/run/run.ts';
import { Trainer } from '../../../packages/coordinator/src/training/trainer.ts';
import { Children } from '../../bench/harness/children.ts';
import type { Applied, Coordinator } from '../../bench/processes/coordinator.ts';
import type { Worker } from '../../bench/processes/worker.ts';
import { IdleCompute } from '../idle-compute.ts';
import { makeNetwork, prefer, type Links } from './network.ts';

export interface Setting {
  readonly preset: string;
  readonly set: Readonly<Record<string, unknown>>;
  /** Of all machines, as in a scenario. */
  readonly link: Partial<Scenario['population']['groups'][string]['link']>;
  /** Megabits a second that all share. */
  readonly medium?: number;
  /** Milliseconds a microbatch of each machine. */
  readonly paces: readonly number[];
  /** Iterations, or rounds, that are timed. */
  readonly steps: number;
}

/** Milliseconds of iterations, or of rounds. */
export interface Times {
  readonly median: number;
  readonly p95: number;
}

/** Iterations before those that are timed, in which the coordinator learns how fast links and machines are. */
const before = 10;
const seed = 1;

function scenarioOf({ preset, set, link, medium, paces }: Setting): Scenario {
  const groups = paces.map((pace, i) => [
    `machine-${i + 1}`,
    {
      count: 1,
      speed: { millisecondsPerMicrobatch: pace, jitter: 0 },
      link: { ...link, ...(medium !== undefined && { medium: 'air' }) },
    },
  ]);
  const raw = {
    name: 'faithful',
    question: 'How long does a step take?',
    config: { preset, set: { 'schedule.iterations': 1_000_000, 'evaluation.every': 1_000_000, ...set } },
    population: {
      groups: Object.fromEntries(groups) as unknown,
      ...(medium !== undefined && { media: { air: { rate: medium } } }),
    },
  };
  return checkScenario(raw, 'faithful');
}

/** Results of steps that make up so many iterations, or rounds. */
const resultsIn = (count: number): number => 2 * count;

function timesOf(all: readonly Applied[]): Times {
  const applied = all.slice(resultsIn(before) - 1);
  const ends = applied.filter(({ phase }) => phase === 'generator').map(({ at }) => at);
  const lengths = differences(ends).sort((a, b) => a - b);
  const at = (sorted: readonly number[], share: number): number =>
    sorted[Math.floor(share * (sorted.length - 1))];
  return {
    median: at(lengths, 0.5),
    p95: at(lengths, 0.95),
  };
}

const differences = (times: readonly number[]): number[] => times.slice(1).map((time, i) => time - times[i]);

const megabit = 125; // bytes a millisecond, of a megabit a second

export async function timeReal(setting: Setting): Promise<Times> {
  const scenario = scenarioOf(setting);
  const config = configOf(scenario, seed);
  const { groups, media } = scenario.population;
  const links = Object.values(groups).map(({ link }): Links => {
    const { up, down, latency, jitter, loss, medium } = link;
    const shared = medium === undefined ? null : media[medium].rate * megabit;
    return { up: up * megabit, down: down * megabit, latency, jitter, loss, medium: shared };
  });
  const folder = await mkdtemp(join(tmpdir(), 'gantry-network-'));
  const children = new Children();
  const network = await makeNetwork(links, seed);
  try {
    const coordinator = await children.start<Coordinator>('coordinator.ts', network.within(0));
    const url = await coordinator.ask('open', config, folder, links.length, false, network.address);
    const results = coordinator.ask('applied', resultsIn(before + setting.steps + 1));
    await prefer(coordinator.pid);
    const workers = await Promise.all(
      setting.paces.map((_, i) => children.start<Worker>('worker.ts', network.within(i + 1))),
    );
    await Promise.all(
      workers.map(async (worker, i) => {
        await prefer(worker.pid);
        await worker.ask('join', url, `machine-${i + 1}`, setting.paces[i]);
      }),
    );
    return timesOf(await results);
  } finally {
    children.kill();
    await network.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

const unfetched = (): Promise<never> => Promise.reject(new TypeError('Nothing is fetched'));

export async function timeSimulated(setting: Setting): Promise<Times> {
  const scenario = scenarioOf(setting);
  const config = configOf(scenario, seed);
  const model = planModel(config);
  const folder = await mkdtemp(join(tmpdir(), 'gantry-network-'));
  const directory = new RunDirectory(folder);
  await directory.create(config);
  const clock = new VirtualClock();
  const run = new Run({
    config,
    model,
    data: null,
    directory,
    // As the real one begins: without a sheet.
    checkpoint: beginning(new Trainer(config, model).tensors()),
    waitFor: setting.paces.length,
    incarnation: 7,
    secret: [1, 2],
    clock,
    notice: (sentence) => process.stderr.write(`${sentence}\n`),
  });
  const applied: Applied[] = [];
  run.onStep((_position, { phase }) => applied.push({ at: clock.now(), phase }));
  const { millisecondsPerMegabyte } = scenario.population.coordinator;
  const world = populate(scenario, {
    run,
    clock,
    dice: new Dice(seed),
    reception: new Reception(clock, millisecondsPerMegabyte),
    bytesFactor: 1,
    open: (welcome) =>
      SimulatedWorker.open(
        welcome,
        { chunk: unfetched, labels: unfetched },
        (plan, settings) => new IdleCompute(plan, settings, 0),
      ),
  });
  try {
    run.begin();
    world.begin();
    const enough = resultsIn(before + setting.steps + 1);
    await clock.run(
      () => applied.length >= enough,
      () => run.written(),
    );
    run.stop();
    await clock.run(
      () => run.outcome !== null,
      () => run.written(),
    );
    await run.ended;
    return timesOf(applied);
  } finally {
    for (const machine of world.machines) machine.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}
