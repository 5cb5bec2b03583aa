/** What the rows that train have in common: their configurations, and a coordinator with its workers. */
import {
  errorText,
  parseConfig,
  presetConfig,
  setField,
  type PresetName,
  type RunConfig,
} from '@gantry/shared';
import type { Child } from './harness/children.ts';
import type { Bench, Skipped } from './harness/row.ts';
import type { Coordinator, StepTimes } from './processes/coordinator.ts';
import type { Worker } from './processes/worker.ts';

/**
 * A preset as it is, but that it trains for ever, and that sample sheets and checkpoints come never: it is training
 * that is measured. `assignments` as for `--set`, after those of the command line.
 *
 * @throws GantryError where the configuration is refused
 */
export function trainingConfig(
  preset: PresetName,
  set: readonly string[],
  assignments: readonly string[] = [],
): RunConfig {
  const endless = ['schedule.iterations=100000000', 'checkpoint.every=1000000', 'evaluation.every=1000000'];
  let config = presetConfig(preset);
  for (const assignment of [...endless, ...set, ...assignments]) {
    const equals = assignment.indexOf('=');
    config = setField(config, assignment.slice(0, equals), assignment.slice(equals + 1));
  }
  return parseConfig(config);
}

/** The configuration, or why this version of Gantry refuses it. */
export function configurationOr(make: () => RunConfig): RunConfig | Skipped {
  try {
    return make();
  } catch (error) {
    return { skipped: `The configuration is refused: ${errorText(error)}` };
  }
}

/** A coordinator and workers, a process each, which train while they are told to. */
export interface Pool {
  /** Times `count` steps of the first `workers` workers, after `skip` that warm up; the others are paused. */
  steps(workers: number, skip: number, count: number): Promise<StepTimes>;
}

export async function openPool(bench: Bench, config: RunConfig, workers: number): Promise<Pool> {
  const coordinator = await bench.children.start<Coordinator>('coordinator.ts');
  const url = await coordinator.ask('open', config, await bench.folder(), workers, false);
  const crew = await Promise.all(
    Array.from({ length: workers }, () => bench.children.start<Worker>('worker.ts')),
  );
  await Promise.all(crew.map((worker, i) => worker.ask('join', url, `worker ${i + 1}`)));
  const pauseAll = async (): Promise<void> => {
    await Promise.all(crew.map((worker: Child<Worker>) => worker.ask('pause')));
    await coordinator.ask('idle');
  };
  await pauseAll();
  return {
    async steps(active, skip, count) {
      const times = coordinator.ask('steps', skip, count);
      await Promise.all(crew.slice(0, active).map((worker) => worker.ask('resume')));
      const found = await times;
      await pauseAll();
      return found;
    },
  };
}

/** Steps of both phases. */
export const stepsPerIteration = ({ schedule }: RunConfig): number =>
  schedule.discriminator + schedule.generator;
