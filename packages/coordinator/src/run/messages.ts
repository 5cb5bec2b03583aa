/** What a run tells its workers, and what it leaves in its summary. */
import type { CoordinatorMessage, DataManifest, RunConfig, RunStatus, RunSummary } from '@gantry/shared';
import type { CoreState } from '../core/types.ts';
import { waitingFor } from '../core/waiting.ts';
import type { Identity } from './registry.ts';
import type { Run } from './run.ts';
import type { Sheet } from './sheet.ts';

export function welcomeMessage(
  identity: Identity,
  incarnation: number,
  config: RunConfig,
  data: DataManifest | null,
): CoordinatorMessage {
  const { id, token, name } = identity;
  return { type: 'welcome', worker: id, token, name, incarnation, config: withoutPath(config), data };
}

/**
 * Workers need not know where data and other runs lie on the coordinator's disk. Class names come with the data's
 * manifest.
 */
function withoutPath(config: RunConfig): RunConfig {
  return {
    ...config,
    data: 'path' in config.data ? { ...config.data, path: '-', classNames: undefined } : config.data,
    from: config.from && { ...config.from, path: '-' },
  };
}

export function sheetMessage(sheet: Sheet): CoordinatorMessage {
  return {
    type: 'sheet',
    iteration: sheet.iteration,
    ...(sheet.points ? { points: sheet.points.generated } : { url: sheet.url }),
  };
}

export function progressMessage(
  state: CoreState,
  worker: number,
  status: RunStatus,
  ready: number,
  ranks: ReadonlyMap<number, number>,
): CoordinatorMessage {
  const { workers, position, counters, settings } = state;
  const microbatches = workers.get(worker)?.microbatches ?? 0;
  return {
    type: 'progress',
    status,
    iteration: position.iteration,
    iterations: settings.iterations,
    workers: ready,
    share: counters.microbatches > 0 ? microbatches / counters.microbatches : 0,
    microbatches,
    rank: ranks.get(worker) ?? workers.size,
    waiting: waitingFor(state, worker),
  };
}

export function summaryOf({ config, state, meter, trainer, latestSheet }: Run): RunSummary {
  const { counters, position } = state;
  const { seconds, bytes, losses } = meter;
  return {
    preset: config.preset,
    seed: config.seed,
    iterations: position.iteration,
    seconds,
    examplesPerSecond: seconds > 0 ? (counters.microbatches * config.batch.microbatch) / seconds : 0,
    workers: counters.workers,
    leases: counters.leases,
    bytes,
    losses,
    metrics: latestSheet?.score ?? {},
    parametersChecksum: trainer.checksum(),
  };
}
