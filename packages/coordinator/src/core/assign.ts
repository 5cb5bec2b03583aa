/** Who gets which lease. */
import { allowance } from './deadline.ts';
import type { Draft } from './draft.ts';
import { shareBlocks } from './share.ts';
import type { CoreState, Lease, WorkerState } from './types.ts';

/**
 * A worker that got nothing is taken to be this much faster with each step, until it gets a lease and is
 * measured anew: what made it slow may be over. A worker twice too slow is tried every 70 steps.
 */
const forgiveness = 0.99;

/** Gives leases to whoever is free: sample sheets first (a sheet is one lease, a step many), then blocks. */
export function assign(draft: Draft, at: number): void {
  // Once begun, a run goes on with fewer; and what lacks but its last sheet needs no crowd.
  if (draft.status === 'running' && readyWorkers(draft) < draft.waitFor) return;
  draft.waitFor = 0;
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

/**
 * Workers that can take a lease now. Hidden tabs, which browsers slow down, are asked when nobody else is there
 * who answers.
 */
export function freeWorkers(draft: Draft): WorkerState[] {
  const fit = [...draft.workers.values()].filter((worker) => canWork(draft, worker));
  const visible = fit.filter((worker) => worker.availability === 'working');
  return (visible.length > 0 ? visible : fit).filter((worker) => worker.lease === null);
}

/** Workers that can have a lease, or are at one and in time. */
export function readyWorkers(state: Pick<CoreState, 'leases' | 'workers'>): number {
  let ready = 0;
  for (const worker of state.workers.values()) if (canWork(state, worker)) ready += 1;
  return ready;
}

/** Whether the worker is there, tested, willing and not beyond its deadline. */
export function canWork(state: Pick<CoreState, 'leases'>, worker: WorkerState): boolean {
  const { connected, stage, availability, lease } = worker;
  if (!connected || stage !== 'ready' || availability === 'paused') return false;
  return lease === null || state.leases.get(lease)?.expired === false;
}

function grant(draft: Draft, worker: WorkerState, task: Lease['task'], version: number, at: number): number {
  const id = draft.nextLease;
  draft.nextLease += 1;
  const microbatches =
    task.kind === 'step' ? task.blocks.length * draft.microbatchesPerBlock : draft.settings.sheetMicrobatches;
  const expected = worker.pace * microbatches;
  const lease: Lease = {
    id,
    worker: worker.id,
    task,
    version,
    grantedAt: at,
    expected,
    deadline: at + allowance(expected, draft.ratios),
    expired: false,
    contributed: 0,
    since: at,
    worked: 0,
  };
  draft.leases.set(id, lease);
  draft.worker(worker.id, { lease: id, passedOver: task.kind === 'step' ? 0 : worker.passedOver });
  draft.count('granted');
  draft.effects.push({ type: 'lease', lease, position: draft.position, round: draft.round });
  return id;
}
