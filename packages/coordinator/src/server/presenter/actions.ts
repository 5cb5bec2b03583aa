/** What a presenter's page asks for, done to the run and logged. */
import type { PresenterAction } from '@gantry/shared';
import type { Run } from '../../run/run.ts';

/** @throws what the run refuses, with its reason: then nothing has changed */
export function act(run: Run, action: PresenterAction): void {
  // Pictures are asked for many times a second, and change nothing.
  if (action.type === 'draw') {
    run.draw(action.ask, action.picture);
    return;
  }
  perform(run, action);
  run.presenterActed(action);
}

function perform(run: Run, action: Exclude<PresenterAction, { type: 'draw' }>): void {
  switch (action.type) {
    case 'pardon':
      run.members.pardon(action.worker);
      return;
    case 'rename':
      run.members.rename(action.worker, action.name);
      return;
    case 'remove':
      run.members.remove(action.worker);
      run.faults.forget(action.worker);
      return;
    case 'lock-joining':
      run.members.lock(action.locked);
      return;
    case 'play-fault':
      run.faults.play(action.worker, action.fault);
      return;
    case 'stop-faults':
      run.faults.stop();
      return;
    case 'pause':
    case 'go-on':
    case 'advance':
    case 'train-only':
    case 'set-lengths':
    case 'set-learning-rates':
    case 'slow-motion':
      run.control(action);
  }
}
