/** What a worker without work waits for: read off the state, for the person in front of it. */
import type { Waiting } from '@gantry/shared';
import { stepsOut } from './ahead.ts';
import { canDraw, readyWorkers } from './can-work.ts';
import { isPaused } from './controls.ts';
import type { CoreState } from './types.ts';

/** @returns null where it cannot take part; `network` where it has a lease, of which it may not know yet */
export function waitingFor(state: CoreState, id: number): Waiting | null {
  const { settings, status, position } = state;
  const worker = state.workers.get(id);
  if (worker === undefined || status === 'ended') return null;
  if (worker.lease !== null) return { for: 'network', count: 0 };
  if (!canDraw(state, worker)) return null;
  if (holdsBack(state)) return { for: 'presenter', count: 0 };
  const ready = readyWorkers(state);
  if (ready < state.waitFor) return { for: 'workers', count: state.waitFor - ready };
  if (!worker.trains || status === 'finishing') return { for: 'sheet', count: 0 };
  // Others were preferred when the latest step was shared out.
  if (worker.passedOver > 0) {
    if (ready > settings.blocks) return { for: 'blocks', count: settings.blocks };
    const { count } = state.engagement[position.phase];
    if (count !== null) return { for: 'turn', count };
  }
  return { for: 'others', count: workersAtStep(state) };
}

/** Whether no step begins because of the presenter. */
const holdsBack = (state: CoreState): boolean =>
  state.status === 'running' && (state.controls.going === 'lobby' || isPaused(state));

/** Workers in time that hold blocks of the open step. */
function workersAtStep({ leases, version, ahead }: CoreState): number {
  if (ahead !== null) return stepsOut({ leases });
  let count = 0;
  for (const { task, expired, version: of } of leases.values()) {
    if (task.kind === 'step' && !expired && of === version) count += 1;
  }
  return count;
}
