/**
 * The scheduler: a pure function from a state and an event to the next state and what is to be done. No I/O,
 * no clock, no randomness: time arrives in events. The shell that serves real sockets and the one with a
 * virtual clock drive this same function.
 */
import {
  asConfigured,
  evenBalance,
  startPosition,
  weigh,
  type Balance,
  type LiveSettings,
  type Position,
} from '@gantry/shared';
import { assign } from './assign.ts';
import { controlled, followLengths } from './controlled.ts';
import { isPaused, passTime } from './controls.ts';
import { recordsOf } from './audited-records.ts';
import { audited } from './audits.ts';
import { Draft } from './draft.ts';
import { noEngagement } from './engage.ts';
import { askForPicture, askForSheet, failPicture, sheetsAreDone, takeEvaluation } from './evaluations.ts';
import { isForgettable } from './forget.ts';
import {
  closeLease,
  discardLease,
  dropLease,
  expireLeases,
  rejectLease,
  suspectDivergence,
} from './leases.ts';
import { contribute, exchangesAhead, stepUnderWay, whatIsWrongWith } from './lock-step.ts';
import { pardon } from './quarantine.ts';
import { remove } from './remove.ts';
import { raceLeases } from './race.ts';
import { complete, end } from './steps.ts';
import { strategyOf } from './strategies/index.ts';
import { heard } from './trials.ts';
import type {
  Ahead,
  CoreEvent,
  CoreSettings,
  CoreState,
  Counters,
  Lease,
  Transition,
  WorkerState,
} from './types.ts';

/** Leases in a row that a worker may fail at. */
const mostFailures = 3;
/** No worker is taken for slower, whatever it says. Milliseconds a microbatch. */
const slowest = 600_000;

export interface Start {
  readonly position: Position;
  /** Of an adaptive schedule. */
  readonly balance?: Balance;
  /** As the presenter had set them; as configured without. */
  readonly live?: LiveSettings;
  readonly version: number;
  /** In the strategy `asynchronous`: steps that are still to be applied, and the next. */
  readonly ahead?: Ahead;
  readonly counters: Counters;
}

export const freshStart: Start = {
  position: startPosition,
  version: 0,
  counters: {
    workers: { joined: 0, lost: 0, quarantined: 0 },
    leases: {
      granted: 0,
      completed: 0,
      expired: 0,
      duplicate: 0,
      rejected: 0,
      revoked: 0,
      audited: 0,
      stale: 0,
    },
    microbatches: 0,
  },
};

/** A worker known from before a restart, until it comes back. */
export const absentWorker = (
  known: Pick<WorkerState, 'id' | 'name' | 'kind' | 'microbatches'> &
    Partial<Pick<WorkerState, 'quarantined' | 'rejections' | 'disputes'>>,
): WorkerState => ({
  id: known.id,
  name: known.name,
  kind: known.kind,
  microbatches: known.microbatches,
  connected: false,
  left: false,
  stage: 'testing',
  availability: 'working',
  backend: null,
  trains: true,
  pace: 1,
  link: 0,
  sharers: 1,
  fresh: true,
  lease: null,
  failures: 0,
  passedOver: 0,
  holds: null,
  revoked: 0,
  quarantined: known.quarantined ?? null,
  rejections: known.rejections ?? [],
  disputes: known.disputes ?? 0,
});

/**
 * The state before the `start` event.
 *
 * @param known - workers from before a restart, with their history
 * @param waitFor - ready workers to wait for before the first lease, so that they share the first step; 0: none
 * @param lobby - no step begins before the presenter says so
 */
export function initialState(
  settings: CoreSettings,
  start: Start,
  known: readonly WorkerState[] = [],
  waitFor = 0,
  lobby = false,
): CoreState {
  return {
    settings,
    waitFor,
    status: 'running',
    position: start.position,
    ahead:
      settings.strategy.kind === 'asynchronous' ? (start.ahead ?? { next: start.position, again: [] }) : null,
    balance: (settings.adaptive && start.balance) ?? evenBalance,
    controls: { ...(start.live ?? asConfigured), going: lobby ? 'lobby' : 'on', slowMotion: 0, opensAt: 0 },
    version: start.version,
    done: Array.from({ length: settings.blocks }, () => false),
    accepted: [],
    audits: [],
    suspects: new Map(),
    trials: [],
    merged: 0,
    leases: new Map(),
    workers: new Map(known.map((worker) => [worker.id, { ...worker, connected: false, lease: null }])),
    evaluations: [],
    nextLease: 1,
    notFinite: [],
    ratios: [],
    counters: start.counters,
    engagement: { discriminator: noEngagement, generator: noEngagement },
    linkTimes: new Map(),
  };
}

export function transition(state: CoreState, event: CoreEvent): Transition {
  const draft = new Draft(state, event);
  passTime(draft, event.at);
  handle(draft, event);
  if (draft.status === 'running' || draft.status === 'stopping') {
    strategyOf(draft.settings).advance(draft, event.at);
  }
  assign(draft, event.at);
  if (draft.status === 'stopping' && !stepUnderWay(draft)) end(draft, 'stopped');
  if (isPaused(draft) && !isPaused(state)) {
    draft.tell({ type: 'paused', version: draft.version, iteration: draft.position.iteration });
  }
  draft.wake();
  return { state: draft.freeze(), effects: draft.effects };
}

function handle(draft: Draft, event: CoreEvent): void {
  switch (event.type) {
    case 'start':
      begin(draft, event.fresh);
      return;
    case 'tick':
      expireLeases(draft, event.at);
      raceLeases(draft, event.at);
      return;
    case 'stop':
      if (draft.status === 'ended') return;
      draft.status = 'stopping';
      // Without anybody at it, the step is not begun for this.
      if (!stepUnderWay(draft)) end(draft, 'stopped');
      return;
    case 'controlled':
      controlled(draft, event.control, event.at);
      return;
    case 'measured':
      draft.balance = weigh(draft.balance, event.accuracy);
      return;
    case 'diverged':
      draft.position = event.position;
      draft.version = event.version;
      end(draft, 'diverged');
      return;
    case 'joined':
      join(draft, event);
      return;
    case 'compared':
      draft.count('audited');
      if (!heard(draft, event)) audited(draft, event);
      return;
    case 'picture-wanted':
      askForPicture(draft, event);
      return;
    case 'pardoned':
      pardon(draft, event.worker);
      return;
    case 'renamed':
      draft.worker(event.worker, { name: event.name });
      return;
    case 'removed':
      remove(draft, event.worker, event.at);
      return;
    case 'forgotten':
      if (isForgettable(draft, event.worker)) draft.workers.delete(event.worker);
      return;
    case 'ready':
    case 'unable':
    case 'availability':
    case 'left':
    case 'gave-back':
    case 'rejected':
    case 'evaluated':
    case 'update':
    case 'contributed':
      if (draft.workers.has(event.worker)) handleWorker(draft, event);
      else draft.refuse(event.worker, 'MESSAGE_UNEXPECTED', event.type, 'not joined');
  }
}

/** A checkpoint written at the very end resumes into a run that lacks no more than its last sheet. */
function begin(draft: Draft, fresh: boolean): void {
  const trained = draft.position.iteration >= draft.settings.iterations;
  if (fresh || trained) askForSheet(draft);
  if (trained) complete(draft);
  // Of a step that was left under way when its phase was given up.
  else followLengths(draft);
}

type WorkerEvent = Exclude<
  CoreEvent,
  {
    type:
      | 'start'
      | 'tick'
      | 'controlled'
      | 'measured'
      | 'diverged'
      | 'stop'
      | 'joined'
      | 'compared'
      | 'picture-wanted'
      | 'pardoned'
      | 'renamed'
      | 'removed'
      | 'forgotten';
  }
>;

function handleWorker(draft: Draft, event: WorkerEvent): void {
  const { worker } = event;
  switch (event.type) {
    case 'ready':
      if (draft.workers.get(worker)?.stage !== 'testing') {
        draft.refuse(worker, 'MESSAGE_UNEXPECTED', 'ready', 'not tested anew');
        return;
      }
      draft.worker(worker, {
        stage: 'ready',
        backend: event.backend,
        trains: event.sheetsOnly !== true,
        pace: Math.min(slowest, Math.max(0.01, event.millisecondsPerMicrobatch)),
      });
      draft.tell({
        type: 'worker-ready',
        worker,
        backend: event.backend,
        pace: event.millisecondsPerMicrobatch,
        sheetsOnly: event.sheetsOnly,
      });
      return;
    case 'unable':
      dropLease(draft, worker, event.at, 'unable');
      draft.worker(worker, { stage: 'unable' });
      draft.tell({ type: 'worker-unable', worker, why: 'tests' });
      return;
    case 'availability':
      draft.worker(worker, { availability: event.state });
      draft.tell({ type: 'worker-availability', worker, state: event.state });
      return;
    case 'left':
      dropLease(draft, worker, event.at, 'left');
      draft.worker(worker, { connected: false, left: event.forGood });
      if (!event.forGood && draft.status !== 'ended') draft.countWorker('lost');
      draft.tell({ type: 'worker-left', worker, forGood: event.forGood });
      return;
    case 'gave-back': {
      const lease = ownLease(draft, worker, event.lease, event.type);
      if (lease === null) return;
      if (event.cause === 'failed') failPicture(draft, lease.id);
      dropLease(draft, worker, event.at, 'gave-back');
      if (event.cause === 'revoked' && lease.expired) return;
      draft.tell({ type: 'lease-given-back', worker, lease: event.lease, reason: event.reason });
      if (event.cause !== 'paused') countFailure(draft, worker);
      return;
    }
    case 'rejected': {
      const lease = ownLease(draft, worker, event.lease, event.type);
      if (lease === null) return;
      rejectLease(draft, lease, event.reason, event.at);
      if (event.notFinite && (lease.version === draft.version || draft.ahead !== null)) {
        suspectDivergence(draft, worker);
      }
      return;
    }
    case 'evaluated':
      evaluated(draft, event);
      return;
    case 'update':
      updated(draft, event);
      return;
    case 'contributed':
      contributed(draft, event);
      return;
  }
}

function join(draft: Draft, event: Extract<CoreEvent, { type: 'joined' }>): void {
  const before = draft.workers.get(event.worker);
  if (before?.connected) dropLease(draft, event.worker, event.at, 'left');
  if (before === undefined) draft.countWorker('joined');
  const { worker: id, name, kind } = event;
  const microbatches = before?.microbatches ?? 0;
  draft.workers.set(id, {
    ...absentWorker({ ...before, id, name, kind, microbatches }),
    connected: true,
    backend: before?.backend ?? null,
    pace: before?.pace ?? 1,
    link: before?.link ?? 0,
    sharers: before?.sharers ?? 1,
  });
  const { slept } = event;
  draft.tell({ type: 'worker-joined', worker: id, name, back: before !== undefined, slept });
}

/**
 * The lease, if it is this worker's; else refuses and returns null. What was on its way when the lease was called off
 * is dropped quietly.
 */
function ownLease(draft: Draft, worker: number, id: number, what: CoreEvent['type']): Lease | null {
  const lease = draft.leases.get(id);
  if (lease?.worker === worker) return lease;
  if (lease === undefined && id > 0 && id <= (draft.workers.get(worker)?.revoked ?? 0)) {
    if (what === 'gave-back') return null; // so it answers a revoke
    draft.count('duplicate');
    draft.tell({ type: 'lease-duplicate', worker, lease: id });
    return null;
  }
  draft.refuse(worker, 'UPDATE_INVALID', id, `"${what}" for a lease that worker ${worker} does not hold`);
  return null;
}

function updated(draft: Draft, event: Extract<CoreEvent, { type: 'update' }>): void {
  const lease = ownLease(draft, event.worker, event.lease, event.type);
  if (lease === null) return;
  const wrong = whatIsWrong(draft, lease, event);
  if (wrong !== null) {
    refuseLease(draft, lease, wrong, event.at);
    return;
  }
  if (lease.expired && lease.version === draft.version && exchangesAhead(draft) > 0) {
    discardLease(draft, lease);
    return;
  }
  closeLease(draft, lease, event.at, event.took);
  strategyOf(draft.settings).answered(draft, lease, event);
}

function contributed(draft: Draft, event: Extract<CoreEvent, { type: 'contributed' }>): void {
  const lease = ownLease(draft, event.worker, event.lease, event.type);
  if (lease === null) return;
  if (lease.expired) {
    // The step went on without it. That it answers is enough to ask it again.
    discardLease(draft, lease);
    return;
  }
  const wrong = whatIsWrongWith(draft, lease, event);
  if (wrong === null) contribute(draft, lease, event.at);
  else refuseLease(draft, lease, wrong, event.at);
}

function refuseLease(draft: Draft, lease: Lease, wrong: string, at: number): void {
  draft.refuse(lease.worker, 'UPDATE_INVALID', lease.id, wrong);
  rejectLease(draft, lease, wrong, at);
}

function whatIsWrong(
  draft: Draft,
  lease: Lease,
  event: Extract<CoreEvent, { type: 'update' }>,
): string | null {
  if (lease.task.kind !== 'step') return 'a sample sheet was leased';
  if (lease.version !== event.version) return `version ${event.version}, leased was ${lease.version}`;
  if (event.phase !== lease.position.phase) {
    return `it is of the ${event.phase} phase`;
  }
  if (lease.version === draft.version && !lease.expired && draft.merged < exchangesAhead(draft)) {
    return `exchange ${draft.merged} of ${exchangesAhead(draft)} was still to come`;
  }
  // In other records than these its answer could not be compared with anybody's.
  const { blocks } = lease.task;
  const records = recordsOf(draft.settings, blocks);
  const same =
    event.parts.length === records.length &&
    event.parts.every((part, i) => part.firstBlock === records[i][0] && part.blocks === records[i].length);
  return same ? null : 'its records are not those of the blocks that were leased';
}

/** A worker at which one lease after the other fails would be asked without end. */
function countFailure(draft: Draft, id: number): void {
  const failures = (draft.workers.get(id)?.failures ?? 0) + 1;
  draft.worker(id, { failures });
  if (failures < mostFailures) return;
  draft.worker(id, { stage: 'unable' });
  draft.tell({ type: 'worker-unable', worker: id, why: 'failures' });
}

function evaluated(draft: Draft, event: Extract<CoreEvent, { type: 'evaluated' }>): void {
  const lease = ownLease(draft, event.worker, event.lease, event.type);
  if (lease === null) return;
  if (lease.task.kind !== 'evaluation') {
    draft.refuse(event.worker, 'UPDATE_INVALID', lease.id, 'it was leased for training');
    rejectLease(draft, lease, 'a sample sheet came for a step', event.at);
    return;
  }
  const { task } = lease;
  closeLease(draft, lease, event.at);
  draft.count(takeEvaluation(draft, task) ? 'completed' : 'duplicate');
  if (draft.status === 'finishing' && sheetsAreDone(draft)) end(draft, 'complete');
}
