/**
 * The scheduler: a pure function from a state and an event to the next state and what is to be done. No I/O,
 * no clock, no randomness: time arrives in events. The shell that serves real sockets and the one with a
 * virtual clock drive this same function.
 */
import { errorRegistry, nextPosition, startPosition, type ErrorCode, type Position } from '@gantry/shared';
import { allowance, remember } from './deadline.ts';
import { shareBlocks } from './share.ts';
import type {
  CoreEffect,
  CoreEvent,
  CoreSettings,
  CoreState,
  Counters,
  Evaluation,
  Happening,
  Lease,
  Transition,
  WorkerState,
} from './types.ts';

/** Weight of the newest lease in a worker's pace. */
const paceWeight = 0.3;
/**
 * A worker that got nothing is taken to be this much faster with each step, until it gets a lease and is
 * measured anew: what made it slow may be over. A worker twice too slow is tried every 70 steps.
 */
const forgiveness = 0.99;

export interface Start {
  readonly position: Position;
  readonly version: number;
  readonly counters: Counters;
}

export const freshStart: Start = {
  position: startPosition,
  version: 0,
  counters: {
    workers: { joined: 0, lost: 0 },
    leases: { granted: 0, completed: 0, expired: 0, duplicate: 0, rejected: 0 },
    microbatches: 0,
  },
};

/** The state before the `start` event. Workers known from before a restart may be given, with their history. */
export function initialState(
  settings: CoreSettings,
  start: Start,
  known: readonly WorkerState[] = [],
): CoreState {
  return {
    settings,
    status: 'running',
    position: start.position,
    version: start.version,
    done: Array.from({ length: settings.blocks }, () => false),
    leases: new Map(),
    workers: new Map(known.map((worker) => [worker.id, { ...worker, connected: false, lease: null }])),
    evaluations: [],
    nextLease: 1,
    ratios: [],
    counters: start.counters,
  };
}

export function transition(state: CoreState, event: CoreEvent): Transition {
  // After the end only departures are of interest, and nothing is leased.
  const draft = new Draft(state);
  handle(draft, event);
  if (draft.status !== 'ended') assign(draft, event.at);
  draft.wake();
  return { state: draft.freeze(), effects: draft.effects };
}

/** The next state in the making. Entries are replaced, never changed: the state before stays as it was. */
class Draft {
  readonly effects: CoreEffect[] = [];
  readonly settings: CoreSettings;
  readonly leases: Map<number, Lease>;
  readonly workers: Map<number, WorkerState>;
  status: CoreState['status'];
  position: Position;
  version: number;
  done: boolean[];
  evaluations: readonly Evaluation[];
  nextLease: number;
  ratios: readonly number[];
  counters: Counters;
  readonly #wakeBefore: number | null;

  constructor(state: CoreState) {
    this.settings = state.settings;
    this.leases = new Map(state.leases);
    this.workers = new Map(state.workers);
    this.status = state.status;
    this.position = state.position;
    this.version = state.version;
    this.done = [...state.done];
    this.evaluations = state.evaluations;
    this.nextLease = state.nextLease;
    this.ratios = state.ratios;
    this.counters = state.counters;
    this.#wakeBefore = nextDeadline(state.leases);
  }

  freeze(): CoreState {
    const { settings, status, position, version, done, leases, workers, evaluations } = this;
    const { nextLease, ratios, counters } = this;
    return {
      settings,
      status,
      position,
      version,
      done,
      leases,
      workers,
      evaluations,
      nextLease,
      ratios,
      counters,
    };
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
    const at = this.status === 'ended' ? null : nextDeadline(this.leases);
    if (at !== this.#wakeBefore) this.effects.push({ type: 'wake', at });
  }
}

function nextDeadline(leases: ReadonlyMap<number, Lease>): number | null {
  let next: number | null = null;
  for (const lease of leases.values()) {
    if (!lease.expired && (next === null || lease.deadline < next)) next = lease.deadline;
  }
  return next;
}

function handle(draft: Draft, event: CoreEvent): void {
  switch (event.type) {
    case 'start':
      if (event.fresh) evaluate(draft);
      // A checkpoint written at the very end resumes into a run that is done.
      if (draft.position.iteration >= draft.settings.iterations) complete(draft);
      return;
    case 'tick':
      expireLeases(draft, event.at);
      return;
    case 'stop':
      if (draft.status === 'ended') return;
      draft.status = 'stopping';
      if (!stepUnderWay(draft)) end(draft, false);
      return;
    case 'joined':
      join(draft, event);
      return;
    case 'ready':
    case 'unable':
    case 'availability':
    case 'left':
    case 'gave-back':
    case 'rejected':
    case 'evaluated':
    case 'update':
      if (draft.workers.has(event.worker)) handleWorker(draft, event);
      else draft.refuse(event.worker, 'MESSAGE_UNEXPECTED', event.type, 'not joined');
  }
}

type WorkerEvent = Exclude<CoreEvent, { type: 'start' | 'tick' | 'stop' | 'joined' }>;

function handleWorker(draft: Draft, event: WorkerEvent): void {
  const { worker } = event;
  switch (event.type) {
    case 'ready':
      draft.worker(worker, {
        stage: 'ready',
        backend: event.backend,
        pace: Math.max(0.01, event.millisecondsPerMicrobatch),
      });
      draft.tell({
        type: 'worker-ready',
        worker,
        backend: event.backend,
        pace: event.millisecondsPerMicrobatch,
      });
      return;
    case 'unable':
      dropLease(draft, worker, event.at);
      draft.worker(worker, { stage: 'unable' });
      draft.tell({ type: 'worker-unable', worker });
      return;
    case 'availability':
      draft.worker(worker, { availability: event.state });
      draft.tell({ type: 'worker-availability', worker, state: event.state });
      return;
    case 'left':
      dropLease(draft, worker, event.at);
      draft.worker(worker, { connected: false });
      if (!event.forGood && draft.status !== 'ended') draft.countWorker('lost');
      draft.tell({ type: 'worker-left', worker, forGood: event.forGood });
      return;
    case 'gave-back':
      if (ownLease(draft, worker, event.lease, event.type) === null) return;
      dropLease(draft, worker, event.at);
      draft.tell({ type: 'lease-given-back', worker, lease: event.lease, reason: event.reason });
      return;
    case 'rejected':
      if (ownLease(draft, worker, event.lease, event.type) === null) return;
      draft.leases.delete(event.lease);
      releaseEvaluation(draft, event.lease);
      draft.count('rejected');
      // What cannot be right once is not asked for again: the worker stays out until it proves itself anew.
      draft.worker(worker, { lease: null, stage: 'unable' });
      draft.tell({ type: 'lease-rejected', worker, lease: event.lease, reason: event.reason });
      return;
    case 'evaluated':
      evaluated(draft, event);
      return;
    case 'update':
      updated(draft, event);
      return;
  }
}

function join(draft: Draft, event: Extract<CoreEvent, { type: 'joined' }>): void {
  const before = draft.workers.get(event.worker);
  if (before?.connected) dropLease(draft, event.worker, event.at);
  if (before === undefined) draft.countWorker('joined');
  draft.workers.set(event.worker, {
    id: event.worker,
    name: event.name,
    kind: event.kind,
    connected: true,
    stage: 'testing',
    availability: 'working',
    backend: before?.backend ?? null,
    pace: before?.pace ?? 1,
    lease: null,
    passedOver: 0,
    microbatches: before?.microbatches ?? 0,
  });
  draft.tell({ type: 'worker-joined', worker: event.worker, name: event.name, back: before !== undefined });
}

/** The lease, if it is this worker's; else refuses and returns null. */
function ownLease(draft: Draft, worker: number, id: number, what: string): Lease | null {
  const lease = draft.leases.get(id);
  if (lease?.worker === worker) return lease;
  draft.refuse(worker, 'UPDATE_INVALID', id, `"${what}" for a lease that worker ${worker} does not hold`);
  return null;
}

/** Takes the worker's lease from it, if it has one; the blocks can be leased again. */
function dropLease(draft: Draft, worker: number, at: number): void {
  const id = draft.workers.get(worker)?.lease ?? null;
  if (id === null) return;
  const lease = draft.leases.get(id);
  draft.leases.delete(id);
  releaseEvaluation(draft, id);
  draft.worker(worker, { lease: null });
  if (lease && !lease.expired) {
    draft.count('expired');
    draft.tell({ type: 'lease-expired', worker, lease: id, after: at - lease.grantedAt });
  }
  if (draft.status === 'stopping' && !stepUnderWay(draft)) end(draft, false);
}

function releaseEvaluation(draft: Draft, lease: number): void {
  draft.evaluations = draft.evaluations.map((e) => (e.lease === lease ? { ...e, lease: null } : e));
}

function expireLeases(draft: Draft, at: number): void {
  for (const lease of draft.leases.values()) {
    if (lease.expired || lease.deadline > at) continue;
    draft.leases.set(lease.id, { ...lease, expired: true });
    releaseEvaluation(draft, lease.id);
    draft.count('expired');
    draft.tell({ type: 'lease-expired', worker: lease.worker, lease: lease.id, after: at - lease.grantedAt });
  }
  if (draft.status === 'stopping' && !stepUnderWay(draft)) end(draft, false);
}

/** Whether somebody in time is computing the open step. */
function stepUnderWay(draft: Draft): boolean {
  for (const lease of draft.leases.values()) {
    if (lease.task.kind === 'step' && lease.version === draft.version && !lease.expired) return true;
  }
  return false;
}

/** Takes an answered lease off its worker and learns from the time it took. */
function closeLease(draft: Draft, lease: Lease, at: number): void {
  draft.leases.delete(lease.id);
  draft.worker(lease.worker, { lease: null });
  if (lease.task.kind !== 'step') return;
  const took = at - lease.grantedAt;
  draft.ratios = remember(draft.ratios, took / lease.expected);
  const worker = draft.workers.get(lease.worker);
  const perMicrobatch = took / (lease.task.blocks.length * draft.settings.microbatchesPerBlock);
  if (worker) {
    draft.worker(worker.id, {
      pace: Math.max(0.01, (1 - paceWeight) * worker.pace + paceWeight * perMicrobatch),
    });
  }
}

function updated(draft: Draft, event: Extract<CoreEvent, { type: 'update' }>): void {
  const lease = ownLease(draft, event.worker, event.lease, event.type);
  if (lease === null) return;
  if (lease.task.kind !== 'step' || lease.version !== event.version) {
    draft.refuse(
      event.worker,
      'UPDATE_INVALID',
      lease.id,
      `version ${event.version}, leased was ${lease.version}`,
    );
    return;
  }
  const leased = new Set(lease.task.blocks);
  const foreign = event.parts.some((part) => blocksOf(part).some((block) => !leased.has(block)));
  const covered = event.parts.reduce((sum, part) => sum + part.blocks, 0);
  if (foreign || covered !== leased.size) {
    draft.refuse(event.worker, 'UPDATE_INVALID', lease.id, 'its blocks are not those of the lease');
    return;
  }
  closeLease(draft, lease, event.at);

  // The first valid result of a block wins; a later one is the same to rounding, and not needed.
  const current = lease.version === draft.version && draft.status !== 'ended';
  const wanted = event.parts.flatMap((part, index) =>
    current && blocksOf(part).every((block) => !draft.done[block]) ? [index] : [],
  );
  if (wanted.length === 0) {
    draft.count('duplicate');
    draft.tell({ type: 'lease-duplicate', worker: event.worker, lease: lease.id });
    return;
  }
  draft.count('completed');
  draft.effects.push({ type: 'accept', lease: lease.id, parts: wanted });
  let accepted = 0;
  for (const index of wanted) {
    for (const block of blocksOf(event.parts[index])) {
      draft.done[block] = true;
      accepted += draft.settings.microbatchesPerBlock;
    }
  }
  const worker = draft.workers.get(event.worker);
  if (worker) draft.worker(worker.id, { microbatches: worker.microbatches + accepted });
  draft.counters = { ...draft.counters, microbatches: draft.counters.microbatches + accepted };
  if (draft.done.every(Boolean)) completeStep(draft);
}

const blocksOf = (part: { readonly firstBlock: number; readonly blocks: number }): number[] =>
  Array.from({ length: part.blocks }, (_, i) => part.firstBlock + i);

function completeStep(draft: Draft): void {
  const { settings } = draft;
  draft.effects.push({ type: 'apply', position: draft.position, version: draft.version });
  const before = draft.position;
  draft.position = nextPosition(before, settings.lengths);
  draft.version += 1;
  draft.done = draft.done.map(() => false);
  for (const worker of freeWorkers(draft)) draft.worker(worker.id, { passedOver: worker.passedOver + 1 });
  const iteration = draft.position.iteration;
  const closed = iteration > before.iteration;
  const last = iteration >= settings.iterations;
  if (closed && (last || iteration % settings.evaluateEvery === 0)) evaluate(draft);
  if (draft.status === 'stopping') {
    end(draft, false);
  } else if (last) {
    complete(draft);
  } else if (closed && iteration % settings.checkpointEvery === 0) {
    draft.effects.push({ type: 'checkpoint', position: draft.position, version: draft.version });
  }
}

/** All steps are done: what is left are sample sheets. */
function complete(draft: Draft): void {
  draft.effects.push({ type: 'checkpoint', position: draft.position, version: draft.version });
  if (draft.evaluations.length === 0) end(draft, true);
  else draft.status = 'finishing';
}

function end(draft: Draft, isComplete: boolean): void {
  if (!isComplete)
    draft.effects.push({ type: 'checkpoint', position: draft.position, version: draft.version });
  draft.status = 'ended';
  draft.effects.push({ type: 'end', complete: isComplete });
}

/** Asks for a sample sheet of the present version; a sheet still waiting for a worker gives way to it. */
function evaluate(draft: Draft): void {
  const { iteration } = draft.position;
  for (const waiting of draft.evaluations) {
    if (waiting.lease === null) draft.tell({ type: 'evaluation-skipped', iteration: waiting.iteration });
  }
  draft.evaluations = [
    ...draft.evaluations.filter((e) => e.lease !== null),
    { version: draft.version, iteration, lease: null },
  ];
  draft.effects.push({ type: 'capture', version: draft.version, iteration });
}

function evaluated(draft: Draft, event: Extract<CoreEvent, { type: 'evaluated' }>): void {
  const lease = ownLease(draft, event.worker, event.lease, event.type);
  if (lease === null) return;
  if (lease.task.kind !== 'evaluation') {
    draft.refuse(event.worker, 'UPDATE_INVALID', lease.id, 'it was leased for training');
    return;
  }
  const { iteration } = lease.task;
  closeLease(draft, lease, event.at);
  if (!draft.evaluations.some((e) => e.iteration === iteration)) {
    draft.count('duplicate');
    return;
  }
  draft.count('completed');
  draft.evaluations = draft.evaluations.filter((e) => e.iteration !== iteration);
  draft.effects.push({ type: 'accept-evaluation', iteration });
  if (draft.status === 'finishing' && draft.evaluations.length === 0) end(draft, true);
}

/** Gives leases to whoever is free: sample sheets first (a sheet is one lease, a step many), then blocks. */
function assign(draft: Draft, at: number): void {
  let free = freeWorkers(draft);
  for (const evaluation of draft.evaluations) {
    if (evaluation.lease !== null || free.length === 0) continue;
    // The slowest is missed least in the step.
    const slowest = free.reduce((a, b) => (b.pace > a.pace ? b : a));
    free = free.filter((worker) => worker !== slowest);
    const lease = grant(
      draft,
      slowest,
      { kind: 'evaluation', iteration: evaluation.iteration },
      evaluation.version,
      at,
    );
    draft.evaluations = draft.evaluations.map((e) => (e === evaluation ? { ...e, lease } : e));
  }
  if (draft.status !== 'running' && draft.status !== 'stopping') return;
  const taken = new Set<number>();
  for (const lease of draft.leases.values()) {
    if (lease.task.kind !== 'step' || lease.expired || lease.version !== draft.version) continue;
    for (const block of lease.task.blocks) taken.add(block);
  }
  const open = draft.done.flatMap((isDone, block) => (isDone || taken.has(block) ? [] : [block]));
  if (open.length === 0) return;
  const candidates = free.map(({ id, pace, passedOver }) => ({ id, pace: pace * forgiveness ** passedOver }));
  for (const [id, part] of shareBlocks(open, candidates, draft.settings.blocksPerLease)) {
    const worker = draft.workers.get(id);
    const blocks = draft.settings.wholeLeases ? firstRun(part) : part;
    if (worker) grant(draft, worker, { kind: 'step', blocks }, draft.version, at);
  }
}

/** The consecutive blocks at the beginning: one record of an update names no others. The rest is leased next. */
function firstRun(blocks: readonly number[]): readonly number[] {
  const gap = blocks.findIndex((block, i) => block !== blocks[0] + i);
  return gap < 0 ? blocks : blocks.slice(0, gap);
}

/** Workers that can take a lease now. Hidden tabs, which browsers slow down, are asked when there is nobody else. */
function freeWorkers(draft: Draft): WorkerState[] {
  const fit = [...draft.workers.values()].filter(
    (worker) => worker.connected && worker.stage === 'ready' && worker.availability !== 'paused',
  );
  const visible = fit.filter((worker) => worker.availability === 'working');
  return (visible.length > 0 ? visible : fit).filter((worker) => worker.lease === null);
}

function grant(draft: Draft, worker: WorkerState, task: Lease['task'], version: number, at: number): number {
  const id = draft.nextLease;
  draft.nextLease += 1;
  // Nobody times sample sheets; a whole step's worth is ample.
  const blocks = task.kind === 'step' ? task.blocks.length : draft.settings.blocks;
  const expected = worker.pace * blocks * draft.settings.microbatchesPerBlock;
  const lease: Lease = {
    id,
    worker: worker.id,
    task,
    version,
    grantedAt: at,
    expected,
    deadline: at + allowance(expected, draft.ratios),
    expired: false,
  };
  draft.leases.set(id, lease);
  draft.worker(worker.id, { lease: id, passedOver: task.kind === 'step' ? 0 : worker.passedOver });
  draft.count('granted');
  draft.effects.push({ type: 'lease', lease, position: draft.position });
  return id;
}
