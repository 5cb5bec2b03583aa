/**
 * What the presenter has set of a run: whether steps begin, which, how fast and at which learning rates. A pause lets the
 * step under way be finished, so that no work is lost and what people look at is a version; where nothing of it has
 * been leased, it waits. Results depend on nothing here but `LiveSettings`.
 */
import {
  balancedLengths,
  type AdvanceUnit,
  type LiveSettings,
  type PhaseName,
  type Position,
} from '@gantry/shared';
import type { Draft } from './draft.ts';
import { stepsOut } from './ahead.ts';
import type { CoreState } from './types.ts';

/** `lobby`: it has not been started; else whether steps begin: as ever, none, or those up to the end of the unit. */
export type Going = 'lobby' | 'on' | 'paused' | AdvanceUnit;

export interface Controls extends LiveSettings {
  readonly going: Going;
  /** Milliseconds from one version to the beginning of the next step, at least. */
  readonly slowMotion: number;
  /** Before this time no step begins, by slow motion; 0: it may. */
  readonly opensAt: number;
}

type Ruling = Pick<CoreState, 'settings' | 'balance' | 'controls'>;

/** Steps of each phase in this iteration; 0 for a network that does not train. */
export function lengthsNow({ settings, balance, controls }: Ruling): Readonly<Record<PhaseName, number>> {
  const lengths = balancedLengths(controls.lengths ?? settings.lengths, balance);
  if (controls.only === null) return lengths;
  return { discriminator: 0, generator: 0, [controls.only]: lengths[controls.only] };
}

type Begun = Pick<CoreState, 'done' | 'leases' | 'version' | 'ahead'>;

/** Whether something of the open step, or of any that is computed at the same time, has been leased, or is in. */
export function hasBegun({ done, leases, version, ahead }: Begun): boolean {
  if (ahead !== null) return stepsOut({ leases }) > 0;
  if (done.some(Boolean)) return true;
  for (const lease of leases.values()) {
    if (lease.task.kind === 'step' && lease.version === version) return true;
  }
  return false;
}

/** Whether blocks of the open step may be leased. */
export function mayLease(draft: Draft): boolean {
  const { going, opensAt } = draft.controls;
  return hasBegun(draft) || (going !== 'lobby' && going !== 'paused' && opensAt === 0);
}

/** Whether no step begins, and none is under way. */
export const isPaused = (state: Parameters<typeof hasBegun>[0] & Pick<CoreState, 'controls'>): boolean =>
  state.controls.going === 'paused' && !hasBegun(state);

export const setControls = (draft: Draft, change: Partial<Controls>): void => {
  draft.controls = { ...draft.controls, ...change };
};

/** A step or round is complete: pauses where that was to be its end, and begins to wait in slow motion. */
export function stepDone(draft: Draft, before: Position, at: number): void {
  const { going, slowMotion } = draft.controls;
  const { phase, iteration } = draft.position;
  const closed = iteration > before.iteration;
  const over: Readonly<Record<AdvanceUnit, boolean>> = {
    step: true,
    phase: closed || phase !== before.phase,
    iteration: closed,
    round: true,
  };
  if (going !== 'lobby' && going !== 'on' && going !== 'paused' && over[going]) {
    setControls(draft, { going: 'paused' });
  }
  if (slowMotion > 0) setControls(draft, { opensAt: at + slowMotion });
}

/** The time that slow motion waits for has come. */
export function passTime(draft: Draft, at: number): void {
  const { opensAt } = draft.controls;
  if (opensAt > 0 && at >= opensAt) setControls(draft, { opensAt: 0 });
}
