/** What of a lease is drawn where: its time cut into what its worker did. */
import type { LaneLease, LaneState, LaneStep } from './lanes.ts';

/** `waiting`: for others, at an exchange; `unknown`: it did not tell, or not yet. */
export type BarPart = 'receiving' | 'computing' | 'waiting' | 'sending' | 'unknown';

export interface Bar {
  readonly part: BarPart;
  /** Milliseconds of the coordinator's clock. */
  readonly from: number;
  readonly to: number;
}

/** One after the other, without gaps. Waits at exchanges are drawn as one, at the end of computing. */
export function barsOf({ granted, ended, received, computed, waited }: LaneLease, now: number): Bar[] {
  const end = ended ?? Math.max(granted, now);
  if (received === null || computed === null) return [{ part: 'unknown', from: granted, to: end }];
  const begins = granted + received;
  const done = begins + computed;
  const waits = Math.max(begins, done - waited);
  const bars: Bar[] = [
    { part: 'receiving', from: granted, to: begins },
    { part: 'computing', from: begins, to: waits },
    { part: 'waiting', from: waits, to: done },
    { part: 'sending', from: done, to: end },
  ];
  return bars.filter(({ from, to }) => to > from);
}

/** Whether what was computed became part of nothing. */
export const inVain = ({ outcome }: LaneLease): boolean =>
  outcome === 'duplicate' || outcome === 'rejected' || outcome === 'revoked';
/** Whether nothing came of it. */
export const isLost = ({ outcome }: LaneLease): boolean =>
  outcome === 'lost' || outcome === 'given-back' || outcome === 'rejected' || outcome === 'revoked';

/** A worker's leases, oldest first. */
export const leasesOf = ({ leases }: LaneState, worker: number): LaneLease[] =>
  [...leases.values()].filter((lease) => lease.worker === worker).sort((a, b) => a.granted - b.granted);

/** The lease that a worker had at a time, else null. */
export function leaseAt(state: LaneState, worker: number, at: number, now: number): LaneLease | null {
  return (
    leasesOf(state, worker).findLast(({ granted, ended }) => granted <= at && at <= (ended ?? now)) ?? null
  );
}

/** What one worker did in the steps that are shown. */
export interface LaneSummary {
  readonly worker: number;
  /** Answers that became part of a step. */
  readonly accepted: number;
  readonly late: number;
  /** Answers that were not needed. */
  readonly inVain: number;
  /** Leases of which nothing came. */
  readonly lost: number;
  /** Shares of the time shown, 0 to 1; the rest it waited. */
  readonly receiving: number;
  readonly computing: number;
  readonly sending: number;
}

export function summaryOf(
  state: LaneState,
  worker: number,
  { from, to }: { readonly from: number; readonly to: number },
): LaneSummary {
  const leases = leasesOf(state, worker);
  const share = (part: BarPart): number => {
    let sum = 0;
    for (const lease of leases) {
      for (const bar of barsOf(lease, to)) {
        if (bar.part === part) sum += Math.max(0, Math.min(to, bar.to) - Math.max(from, bar.from));
      }
    }
    return sum / (to - from);
  };
  const count = (is: (lease: LaneLease) => boolean): number => leases.filter(is).length;
  return {
    worker,
    accepted: count(({ outcome }) => outcome === 'accepted'),
    late: count(({ late, expired }) => late !== null || expired !== null),
    inVain: count(({ outcome }) => outcome === 'duplicate'),
    lost: count(isLost),
    receiving: share('receiving'),
    // While it has not answered, it is taken to compute.
    computing: share('computing') + share('unknown'),
    sending: share('sending'),
  };
}

/** The step under way: it has begun with its first lease. */
export function openStep({ steps, leases }: LaneState, now: number): LaneStep | null {
  const last = steps.at(-1);
  let open: LaneStep | null = null;
  for (const { version, kind, phase, granted } of leases.values()) {
    if (kind === 'sheet' || (last !== undefined && version <= last.version)) continue;
    if (open !== null && open.from <= granted) continue;
    open = { version, iteration: last?.iteration ?? 0, phase, from: granted, to: now };
  }
  return open;
}
