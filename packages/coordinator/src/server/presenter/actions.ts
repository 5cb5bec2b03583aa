import type { PresenterAction } from '@gantry/shared';
import type { Run } from '../../run/run.ts';

/** @throws what the run refuses, with its reason */
export function act(run: Run, action: PresenterAction): void {
  run.pardon(action.worker);
}
