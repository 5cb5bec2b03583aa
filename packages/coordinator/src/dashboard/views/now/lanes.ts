/** The last steps as the page keeps them: what each worker did, from what the coordinator told. */
import { signal } from '@preact/signals';
import {
  leaseKinds,
  leaseOutcomes,
  phaseNames,
  type LeaseKind,
  type LeaseOutcome,
  type PhaseName,
  type PresenterTimeline,
} from '@gantry/shared';

/** Times are milliseconds of the coordinator's clock. */
export interface LaneLease {
  readonly lease: number;
  readonly worker: number;
  readonly version: number;
  readonly phase: PhaseName;
  readonly kind: LeaseKind;
  readonly outcome: LeaseOutcome;
  readonly blocks: number;
  readonly granted: number;
  /** null: it has not come to that. */
  readonly late: number | null;
  readonly expired: number | null;
  readonly ended: number | null;
  /** How long it received and computed; null: unknown. */
  readonly received: number | null;
  readonly computed: number | null;
  /** Of the computing: waiting for others at exchanges. */
  readonly waited: number;
}

export interface LaneStep {
  readonly version: number;
  readonly iteration: number;
  readonly phase: PhaseName;
  readonly from: number;
  readonly to: number;
}

export interface LaneState {
  /** Without a gap, oldest first. */
  readonly steps: readonly LaneStep[];
  /** That lie in these steps, or are open; by number. */
  readonly leases: ReadonlyMap<number, LaneLease>;
}

export const noLanes: LaneState = { steps: [], leases: new Map() };

/** Steps that are shown. */
const mostSteps = 40;

/** What is kept with a message: the last steps, as far back as each is known. */
export function hearLanes(before: LaneState, { whole, steps, leases }: PresenterTimeline): LaneState {
  const all = whole ? [] : [...before.steps];
  steps.version.forEach((version, i) =>
    all.push({
      version,
      iteration: steps.iteration[i],
      phase: steps.phase[i],
      from: steps.from[i],
      to: steps.to[i],
    }),
  );
  // A run that is faster than it can be told of leaves gaps: what is before one is over.
  const gap = all.findLastIndex(({ version }, i) => i > 0 && version !== all[i - 1].version + 1);
  const kept = all.slice(Math.max(gap, 0)).slice(-mostSteps);
  const from = kept.at(0)?.from ?? -Infinity;
  const merged = new Map(whole ? [] : before.leases);
  leases.lease.forEach((lease, i) => merged.set(lease, leaseAt(leases, i)));
  // A worker has one lease at a time: with its next one, one that nothing more was heard of is over.
  const latest = new Map<number, number>();
  for (const { worker, lease } of merged.values())
    latest.set(worker, Math.max(lease, latest.get(worker) ?? 0));
  for (const [id, { worker, ended }] of merged) {
    if (ended === null ? latest.get(worker) !== id : ended < from) merged.delete(id);
  }
  return { steps: kept, leases: merged };
}

function leaseAt(columns: PresenterTimeline['leases'], i: number): LaneLease {
  const granted = columns.granted[i];
  const since = (milliseconds: number | null): number | null =>
    milliseconds === null ? null : granted + milliseconds;
  return {
    lease: columns.lease[i],
    worker: columns.worker[i],
    version: columns.version[i],
    phase: phaseNames[columns.phase[i]],
    kind: leaseKinds[columns.kind[i]],
    outcome: leaseOutcomes[columns.outcome[i]],
    blocks: columns.blocks[i],
    granted,
    late: since(columns.late[i]),
    expired: since(columns.expired[i]),
    ended: since(columns.ended[i]),
    received: columns.received[i],
    computed: columns.computed[i],
    waited: columns.waited[i],
  };
}

/** Milliseconds that are shown where steps are short, and at most. */
const shortest = 50;
const longest = 12_000;
/** Steps that are shown however long they take. */
const leastSteps = 3;

/** After so long a pause the picture begins anew: with single steps, each is to be seen. Milliseconds. */
const pause = 500;

/**
 * From when to when lanes are shown: the last steps since a pause, but 12 s at most, or some steps where these are longer.
 * Where nobody has anything to do it ends with what was done last.
 */
export function windowOf(
  { steps, leases }: LaneState,
  now: number,
): { readonly from: number; readonly to: number } {
  let first = now;
  let open = Infinity;
  for (const { granted, ended } of leases.values()) {
    first = Math.min(first, granted);
    if (ended === null) open = Math.min(open, granted);
  }
  const busy = open < Infinity;
  const last = steps.at(-1);
  const to = busy || last === undefined ? now : Math.min(now, last.to);
  const since = (from: number) => ({ from: Math.min(from, to - shortest), to });
  if (last === undefined) return since(first);
  if (busy && open - last.to >= pause) return since(open);
  let begin = steps.length - 1;
  while (begin > 0 && steps[begin].from - steps[begin - 1].to < pause) begin -= 1;
  const few = steps.at(-leastSteps)?.from ?? -Infinity;
  return since(Math.max(steps[begin].from, Math.min(few, to - longest)));
}

/** Milliseconds in which the next message is due, with some patience. */
const awaited = 500;

/** What is kept, and the coordinator's time. */
export class Lanes {
  readonly #state = signal(noLanes);
  /** The coordinator's time when it last told, and the page's. */
  #told = 0;
  #heard = 0;

  get state(): LaneState {
    return this.#state.value;
  }

  /** @param now - by the page's clock, as `performance.now()` */
  hear(message: PresenterTimeline, now: number): void {
    this.#told = message.now;
    this.#heard = now;
    this.#state.value = hearLanes(this.#state.peek(), message);
  }

  /**
   * Up to when lanes are shown. What happens between two messages is not known: drawn on, an open lease would cover the many
   * short steps that came since. So they stand still until the next, unless it stays away.
   */
  at(now: number): number {
    return this.#told + Math.max(0, now - this.#heard - awaited);
  }
}
