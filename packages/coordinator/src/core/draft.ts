/** The next state while a transition makes it. */
import { errorRegistry, type Balance, type ErrorCode, type Position, type Round } from '@gantry/shared';
import type { Controls } from './controls.ts';
import type { LinkTimes } from './engage.ts';
import { strategyOf } from './strategies/index.ts';
import type {
  CoreEffect,
  CoreEvent,
  CoreSettings,
  CoreState,
  Counters,
  Evaluation,
  Happening,
  Lease,
  WorkerState,
} from './types.ts';

/** The next state in the making. Entries are replaced, never changed: the state before stays as it was. */
export class Draft {
  readonly effects: CoreEffect[] = [];
  readonly settings: CoreSettings;
  readonly leases: Map<number, Lease>;
  readonly workers: Map<number, WorkerState>;
  waitFor: number;
  status: CoreState['status'];
  position: Position;
  ahead: CoreState['ahead'];
  balance: Balance;
  controls: Controls;
  version: number;
  done: boolean[];
  accepted: CoreState['accepted'];
  audits: CoreState['audits'];
  suspects: CoreState['suspects'];
  trials: CoreState['trials'];
  merged: number;
  evaluations: readonly Evaluation[];
  nextLease: number;
  notFinite: readonly number[];
  ratios: readonly number[];
  counters: Counters;
  engagement: CoreState['engagement'];
  linkTimes: LinkTimes;
  readonly #wakeBefore: number | null;

  constructor(state: CoreState, event: CoreEvent) {
    this.settings = state.settings;
    this.leases = new Map(state.leases);
    this.workers = new Map(state.workers);
    this.waitFor = state.waitFor;
    this.status = state.status;
    this.position = state.position;
    this.ahead = state.ahead;
    this.balance = state.balance;
    this.controls = state.controls;
    this.version = state.version;
    this.done = [...state.done];
    this.accepted = state.accepted;
    this.audits = state.audits;
    this.suspects = state.suspects;
    this.trials = state.trials;
    this.merged = state.merged;
    this.evaluations = state.evaluations;
    this.nextLease = state.nextLease;
    this.notFinite = state.notFinite;
    this.ratios = state.ratios;
    this.counters = state.counters;
    this.engagement = state.engagement;
    this.linkTimes = state.linkTimes;
    // A tick is the one that was asked for. Timers come up to a millisecond early: then it is asked for again.
    this.#wakeBefore = event.type === 'tick' ? null : nextTime(state);
  }

  freeze(): CoreState {
    const {
      settings,
      status,
      position,
      ahead,
      balance,
      controls,
      version,
      done,
      accepted,
      audits,
      suspects,
      trials,
      merged,
      leases,
    } = this;
    const { workers, evaluations, nextLease, notFinite, ratios, counters, waitFor, engagement, linkTimes } =
      this;
    return {
      settings,
      waitFor,
      status,
      position,
      ahead,
      balance,
      controls,
      version,
      done,
      accepted,
      audits,
      suspects,
      trials,
      merged,
      leases,
      workers,
      evaluations,
      nextLease,
      notFinite,
      ratios,
      counters,
      engagement,
      linkTimes,
    };
  }

  /** The round that is being computed; null where it is a step. */
  get round(): Round | null {
    return strategyOf(this.settings).round(this);
  }

  /** Microbatches of a block, or of a slot in this round. */
  get microbatchesPerBlock(): number {
    const { microbatchesPerBlock, strategy } = this.settings;
    const { round } = this;
    return round === null || strategy.kind !== 'local'
      ? microbatchesPerBlock
      : (microbatchesPerBlock / strategy.iterations) * round.iterations;
  }

  worker(id: number, change: Partial<WorkerState>): void {
    const worker = this.workers.get(id);
    if (worker) this.workers.set(id, { ...worker, ...change });
  }

  count(kind: keyof Counters['leases'], by = 1): void {
    const { leases } = this.counters;
    this.counters = { ...this.counters, leases: { ...leases, [kind]: leases[kind] + by } };
  }

  countWorker(kind: keyof Counters['workers']): void {
    const { workers } = this.counters;
    this.counters = { ...this.counters, workers: { ...workers, [kind]: workers[kind] + 1 } };
  }

  tell(happening: Happening): void {
    this.effects.push({ type: 'happening', happening });
  }

  refuse<C extends ErrorCode>(
    worker: number,
    code: C,
    ...details: Parameters<(typeof errorRegistry)[C]['message']>
  ): void {
    const message = errorRegistry[code].message as (...all: typeof details) => string;
    this.effects.push({ type: 'refuse', worker, code, message: message(...details) });
  }

  /** Asks for the next tick, where it is not the one already asked for. */
  wake(): void {
    const at = this.status === 'ended' ? null : nextTime(this);
    if (at !== this.#wakeBefore) this.effects.push({ type: 'wake', at });
  }
}

/** When something is due: a lease, or a step that slow motion holds back. */
function nextTime({ leases, controls }: Pick<CoreState, 'leases' | 'controls'>): number | null {
  let next = controls.opensAt > 0 ? controls.opensAt : null;
  for (const lease of leases.values()) {
    if (lease.expired) continue;
    const at = lease.raced ? lease.deadline : Math.min(lease.raceAt, lease.deadline);
    if (at < (next ?? Infinity)) next = at;
  }
  return next;
}
