/** Where the run stands, and what each worker does. */
import type { PresenterMessage, WorkerView } from '@gantry/shared';
import type { WorkerState } from '../../core/types.ts';
import type { Run } from '../../run/run.ts';
import type { Source } from './source.ts';

export function progressSource(run: Run): Source {
  const now = (): readonly PresenterMessage[] => [progressMessage(run)];
  return { welcome: now, tick: now };
}

function progressMessage(run: Run): PresenterMessage {
  const { position, version, workers, counters } = run.state;
  return {
    type: 'progress',
    status: run.status,
    outcome: run.outcome,
    iteration: position.iteration,
    phase: position.phase,
    stepInPhase: position.done,
    phaseLengths: run.phaseLengths,
    version,
    examplesPerSecond: run.status === 'running' ? run.examplesPerSecond : 0,
    speedUp: run.status === 'running' ? run.speedUp : null,
    secondsElapsed: run.meter.seconds,
    secondsLeft: run.secondsLeft,
    bytes: { ...run.meter.bytes },
    workers: [...workers.values()].map((worker) => workerView(run, worker, counters.microbatches)),
  };
}

function workerView(run: Run, worker: WorkerState, microbatches: number): WorkerView {
  return {
    id: worker.id,
    name: worker.name,
    kind: worker.kind,
    state: stateOf(run, worker),
    quarantined: worker.quarantined,
    fault: run.faults.of(worker.id),
    backend: worker.backend,
    millisecondsPerMicrobatch: worker.stage === 'ready' ? worker.pace : null,
    microbatches: worker.microbatches,
    share: microbatches > 0 ? worker.microbatches / microbatches : 0,
  };
}

function stateOf(run: Run, worker: WorkerState): WorkerView['state'] {
  if (!worker.connected) return worker.left ? 'left' : 'lost';
  if (worker.quarantined !== null) return 'quarantined';
  if (worker.stage !== 'ready') return worker.stage;
  if (worker.availability !== 'working') return worker.availability;
  if (!worker.trains) return 'draws';
  if (worker.lease === null) return 'waiting';
  return run.state.leases.get(worker.lease)?.expired ? 'late' : 'working';
}
