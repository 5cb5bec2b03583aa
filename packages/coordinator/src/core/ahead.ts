/** Steps that are computed at the same time, each by itself. */
import type { Draft } from './draft.ts';
import type { Ahead, CoreState, Lease } from './types.ts';

type Steps = Pick<CoreState, 'ahead' | 'leases'>;

/** Steps of the run before this one: they tell which comes first. */
const ordinal = ({ steps }: Ahead['next']): number => steps.discriminator + steps.generator;

const inTime = ({ task, expired }: Lease): boolean => task.kind === 'step' && !expired;

/** How many are leased, and in time. */
export function stepsOut({ leases }: Pick<CoreState, 'leases'>): number {
  let out = 0;
  for (const lease of leases.values()) if (inTime(lease)) out += 1;
  return out;
}

/** What is still to be applied, for a checkpoint: leases that are out are lost with the coordinator. */
export function openSteps({ ahead, leases }: Steps): Ahead | null {
  if (ahead === null) return null;
  const out = [...leases.values()].filter(inTime).map(({ position }) => position);
  return { next: ahead.next, again: [...ahead.again, ...out].sort((a, b) => ordinal(a) - ordinal(b)) };
}

/** The run stands at the first step that has not been applied. */
export function settle(draft: Draft): void {
  const open = openSteps(draft);
  if (open !== null) draft.position = open.again[0] ?? open.next;
}

/** This lease of a step will not be answered, or not in time: the step is leased again. */
export function reopen(draft: Draft, lease: Lease): void {
  if (draft.ahead === null || !inTime(lease)) return;
  const again = [...draft.ahead.again, lease.position].sort((a, b) => ordinal(a) - ordinal(b));
  draft.ahead = { ...draft.ahead, again };
}
