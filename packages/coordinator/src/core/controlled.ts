/** What the presenter does to a run: what forbids it, and what follows from it. */
import { gantryError, withinLengths, type Control, type GantryError } from '@gantry/shared';
import { hasBegun, lengthsNow, setControls } from './controls.ts';
import { settle } from './ahead.ts';
import type { Draft } from './draft.ts';
import { arrive } from './steps.ts';
import { strategyOf } from './strategies/index.ts';
import type { CoreState } from './types.ts';

/** Why this cannot be done to the run as it is; null: it can. */
export function whatForbids(
  { settings, status }: Pick<CoreState, 'settings' | 'status'>,
  wanted: Control,
): GantryError | null {
  const forbidden = (what: string, reason: string): GantryError =>
    gantryError('CONTROL_IMPOSSIBLE', what, reason);
  if (status === 'ended' || status === 'finishing') {
    return forbidden(`"${wanted.type}"`, 'all steps of this run are done, or it has been stopped');
  }
  const { units, fixed: reason } = strategyOf(settings);
  if (wanted.type === 'advance') {
    if (units.includes(wanted.unit)) return null;
    const which = units.join(', ').replace(/, (?=[^,]*$)/, ' or ');
    return forbidden(`Going on by one ${wanted.unit}`, `this run goes on by the ${which}`);
  }
  if (reason === null) return null;
  if (wanted.type === 'train-only' && wanted.phase !== null)
    return forbidden(`Training the ${wanted.phase} only`, reason);
  if (wanted.type === 'set-lengths' && wanted.lengths !== null)
    return forbidden('Other steps per phase', reason);
  if (wanted.type === 'set-learning-rates' && wanted.rates !== null)
    return forbidden('Other learning rates', reason);
  return null;
}

/** What `whatForbids` allows; else nothing happens. */
export function controlled(draft: Draft, wanted: Control, at: number): void {
  if (whatForbids(draft, wanted) !== null) return;
  switch (wanted.type) {
    case 'pause':
      // A run that has not begun waits in its lobby already.
      if (draft.controls.going !== 'lobby') setControls(draft, { going: 'paused' });
      return;
    case 'go-on':
      setControls(draft, { going: 'on' });
      return;
    case 'advance':
      setControls(draft, { going: wanted.unit });
      return;
    case 'train-only':
      setControls(draft, { only: wanted.phase });
      followLengths(draft);
      return;
    case 'set-lengths':
      setControls(draft, { lengths: wanted.lengths });
      followLengths(draft);
      return;
    case 'set-learning-rates':
      setControls(draft, { learningRates: wanted.rates });
      draft.effects.push({ type: 'tune', learningRates: wanted.rates });
      return;
    case 'slow-motion':
      setControls(draft, {
        slowMotion: wanted.milliseconds,
        opensAt: wanted.milliseconds === 0 ? 0 : at + wanted.milliseconds,
      });
  }
}

/** A step that has begun is finished; one that has not gives way where its phase is over now. */
export function followLengths(draft: Draft): void {
  const before = draft.position;
  const lengths = lengthsNow(draft);
  if (draft.ahead !== null) {
    draft.ahead = { ...draft.ahead, next: withinLengths(draft.ahead.next, lengths) };
    settle(draft);
  } else if (draft.round === null && !hasBegun(draft)) {
    draft.position = withinLengths(before, lengths);
  }
  if (draft.position !== before) arrive(draft, before);
}
