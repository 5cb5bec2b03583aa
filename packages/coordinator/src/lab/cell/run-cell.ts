/** Runs a cell: the coordinator's own run among simulated machines, in virtual time, in this process. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { planModel, type NetworkState } from '@gantry/shared';
import { SimulatedWorker } from '@gantry/worker/headless/simulated';
import { createChunks } from '../../datasets/chunks.ts';
import { openConfiguredData } from '../../cli/configure.ts';
import { RunDirectory } from '../../run/directory.ts';
import { Run } from '../../run/run.ts';
import { configOf, type Cell } from '../scenario/cells.ts';
import { Dice } from '../world/dice.ts';
import { populate } from '../world/population.ts';
import { Reception } from '../world/reception.ts';
import { VirtualClock } from '../world/virtual-clock.ts';
import { chiefOf } from './chief.ts';
import { Detectors, type StepLine } from './detectors.ts';
import { openMeasure, type MeasuredAt } from './measured.ts';
import type { CellResult } from './result.ts';

/** Events between two breaths, in which this process hears and writes. */
const breathEvery = 256;

export interface CellProgress {
  readonly iteration: number;
  readonly iterations: number;
}

/**
 * @param folder - the cell's own; what an attempt that was broken off left in it is removed
 * @param progress - told now and then
 * @throws CONFIG_*, SCENARIO_INVALID, DATA_INVALID
 */
export async function runCell(
  { label, slug, choice, scenario }: Cell,
  seed: number,
  folder: string,
  progress: (of: CellProgress) => void,
): Promise<CellResult> {
  const began = performance.now();
  const { config, dataset } = await openConfiguredData(configOf(scenario, seed), () => undefined);
  const model = planModel(config);
  const chunks = dataset && createChunks(dataset);
  await rm(folder, { recursive: true, force: true });
  const directory = new RunDirectory(folder);
  await directory.create(config);

  const clock = new VirtualClock();
  const dice = new Dice(seed);
  const reception = new Reception(clock, scenario.population.coordinator.millisecondsPerMegabyte);
  const detectors = new Detectors(config);
  const sheets: { iteration: number; file: string }[] = [];
  const groups = Object.values(scenario.population.groups);
  const atStart = groups
    .filter(({ joinsWithin }) => joinsWithin === 0)
    .reduce((sum, { count }) => sum + count, 0);
  const run = new Run({
    config,
    model,
    data: chunks?.manifest ?? null,
    directory,
    checkpoint: null,
    waitFor: scenario.population.waitFor ?? atStart,
    evenShares: scenario.population.coordinator.scheduling === 'even',
    incarnation: 1,
    secret: [seed, 0],
    clock,
    notice: () => undefined,
    logged: (entry) => {
      if (entry.type === 'step') detectors.step(entry as unknown as StepLine);
      if (entry.type === 'sheet') sheets.push(entry as unknown as { iteration: number; file: string });
    },
  });
  const fetchChunk = (chunk: number): Promise<Uint8Array<ArrayBuffer>> =>
    Promise.resolve(new Uint8Array(chunks?.plainChunk(chunk) ?? []));
  const fetchLabels = (): Promise<Uint8Array> => Promise.resolve(chunks?.labels ?? new Uint8Array(0));
  const world = populate(scenario, {
    run,
    clock,
    dice,
    reception,
    bytesFactor: scenario.population.bytesFactor,
    open: (welcome) => SimulatedWorker.open(welcome, { chunk: fetchChunk, labels: fetchLabels }),
  });

  const stored = chunks && { manifest: chunks.manifest, fetchChunk };
  const measure = await openMeasure(config, scenario.measure.samples, stored);
  const measured: MeasuredAt[] = [];
  const due: { readonly at: Omit<MeasuredAt, 'measures'>; readonly state: NetworkState }[] = [];
  const { every } = scenario.measure;
  const lengths = steps();
  let next = 0;
  let last: number | null = null;
  const note = (iteration: number): void => {
    const { up, down } = run.meter.bytes;
    const { bytesFactor } = scenario.population;
    const at = { iteration, seconds: run.meter.seconds, bytes: (up + down) * bytesFactor };
    const { parameters, running } = run.trainer.evaluationState();
    due.push({ at, state: { parameters: parameters.slice(), running: running.slice() } });
    next = iteration + every;
  };
  run.onStep((position) => {
    lengths.step(clock.now());
    if (position.iteration >= next && position.iteration < config.schedule.iterations)
      note(position.iteration);
  });
  const measureDue = async (): Promise<void> => {
    for (let one = due.shift(); one !== undefined; one = due.shift()) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      measured.push({ ...one.at, measures: await measure(one.state) });
    }
  };

  note(0);
  run.begin();
  world.begin();
  let events = 0;
  const between = async (): Promise<void> => {
    await measureDue();
    // What is written is logged: at no other time than this.
    await run.written();
    events += 1;
    if (events % breathEvery !== 0) return;
    progress({ iteration: run.state.position.iteration, iterations: config.schedule.iterations });
    await new Promise((resolve) => setImmediate(resolve));
  };
  // All steps are done before the last sheet is drawn, which is no training.
  const over = (): boolean => {
    if (last === null && run.state.status !== 'running') {
      last = run.meter.seconds;
      note(run.state.position.iteration);
    }
    return run.outcome !== null;
  };
  const longest = scenario.longest * 1000;
  const ended = await clock.run(over, between, longest);
  const unended = clock.now() < longest ? 'stuck' : 'too long';
  if (!ended) run.stop();
  if (!over()) await clock.run(over, between);
  const { outcome, summary } = await run.ended;
  await measureDue();
  for (const machine of world.machines) machine.dispose();
  // The checkpoint of the end is large, and of no use: the same command makes the cell again.
  await rm(join(folder, 'checkpoints'), { recursive: true, force: true });

  const whole = Math.max(1e-9, clock.now());
  const known = measured.flatMap(({ measures }) => Object.keys(measures));
  const chief = chiefOf(scenario.target, known);
  return {
    label,
    slug,
    choice,
    seed,
    outcome: ended ? outcome : unended,
    iterations: summary.iterations,
    machines: world.machines.length,
    fastest: Math.min(...world.paces),
    seconds: last ?? summary.seconds,
    examples: run.state.counters.microbatches * config.batch.microbatch,
    stepMilliseconds: lengths.summary(),
    bytes: scaled(summary.bytes, scenario.population.bytesFactor),
    busy: {
      coordinator: reception.busy / whole,
      ...Object.fromEntries([...world.media].map(([name, medium]) => [name, medium.busy / whole])),
    },
    leases: summary.leases,
    workers: summary.workers,
    measured,
    detected: detectors.found(measured, outcome === 'diverged' ? summary.iterations : null, chief),
    parametersChecksum: summary.parametersChecksum,
    sheets: sheets.map(({ iteration, file }) => ({ iteration, file })),
    machineSeconds: (performance.now() - began) / 1000,
  };
}

const scaled = ({ up, down }: CellResult['bytes'], factor: number): CellResult['bytes'] => ({
  up: up * factor,
  down: down * factor,
});

/** Times from one version to the next. */
function steps(): {
  step(now: number): void;
  summary(): CellResult['stepMilliseconds'];
} {
  const all: number[] = [];
  let last: number | null = null;
  return {
    step(now) {
      // Both results of a round come at once.
      if (last !== null && now > last) all.push(now - last);
      last = now;
    },
    summary() {
      const sorted = all.sort((a, b) => a - b);
      const at = (share: number): number =>
        sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
      return { median: at(0.5), p95: at(0.95) };
    },
  };
}
