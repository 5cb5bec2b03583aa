/** Who gets which blocks of a step that all share, or which slots of a round. */
import { blocksOf } from './audited-records.ts';
import { auditorsFor, auditsOfOne } from './audits.ts';
import { mayLease } from './controls.ts';
import type { Draft } from './draft.ts';
import { candidateOf, contention, engage, type Traffic } from './engage.ts';
import { grant, type StepOf } from './grant.ts';
import { exchangesAhead } from './lock-step.ts';
import { raceTime } from './race.ts';
import { shareBlocks, type Candidate } from './share.ts';
import { judgesFor, withTrials } from './trials.ts';
import type { WorkerState } from './types.ts';

/**
 * A worker that got nothing is taken to be this much faster with each step, until it gets a lease and is
 * measured anew: what made it slow may be over. A worker twice too slow is tried every 70 steps.
 */
const forgiveness = 0.99;

/** Shares the open blocks of the step out among those who make it fastest. @param all - workers that can take a lease */
export function leaseBlocks(draft: Draft, all: readonly WorkerState[], at: number): void {
  const free = assignOpinions(draft, all, at);
  if (!mayLease(draft)) return;
  const taken = new Set<number>();
  for (const lease of draft.leases.values()) {
    if (lease.task.kind !== 'step' || lease.version !== draft.version) continue;
    if (lease.expired || lease.raced) continue;
    for (const block of lease.task.blocks) taken.add(block);
  }
  const open = draft.done.flatMap((isDone, block) => (isDone || taken.has(block) ? [] : [block]));
  if (open.length === 0 || free.length === 0) return;
  const { evenShares, blocksPerLease } = draft.settings;
  const traffic = draft.settings.traffic[draft.position.phase];
  const candidates = evenShares
    ? free.map(({ id }) => ({ id, fixed: 0, each: 1 }))
    : engaged(draft, open, free, traffic);
  const shares = shareBlocks(open, candidates, blocksPerLease);
  const parts = open.length < draft.settings.blocks ? shares.parts : withTrials(draft, shares, candidates);
  for (const { id, fixed, each } of candidates) {
    const worker = draft.workers.get(id);
    const part = parts.get(id);
    if (!worker || !part) continue;
    const blocks = draft.settings.wholeLeases ? firstRun(part) : part;
    grant(draft, worker, { kind: 'step', blocks }, draft, at, {
      // What the deadline is measured by: not what forgiveness makes of it.
      expected: evenShares ? Infinity : (fixed + each * blocks.length) / forgiveness ** worker.passedOver,
      // Who missed a step gets more than usual, which says nothing of the link.
      bytes: worker.fresh || worker.passedOver > 1 ? 0 : traffic.down + traffic.up * blocks.length,
      engaged: parts.size,
      raceAt: evenShares ? Infinity : raceTime(draft, shares.finish, at),
    });
  }
  if (open.length < draft.settings.blocks) return;
  const idle = free.filter(({ id }) => !parts.has(id));
  for (const { auditor, audit } of auditsOfOne(draft, parts, idle)) {
    const lease = grantRecord(draft, auditor, blocksOf(audit), draft, at);
    draft.audits = [...draft.audits, { ...audit, lease }];
  }
}

/** Audits and trials ask some of the free workers for records that others have computed. @returns who is still free */
function assignOpinions(draft: Draft, free: readonly WorkerState[], at: number): WorkerState[] {
  const judges = judgesFor(draft);
  for (const { judge, blocks } of judges) grantRecord(draft, judge, blocks, draft, at);
  const rest = free.filter(({ id }) => !judges.some(({ judge }) => judge.id === id));
  const auditors = auditorsFor(draft, rest);
  for (const { auditor, audit } of auditors) {
    const lease = grantRecord(draft, auditor, blocksOf(audit), audit, at);
    draft.audits = draft.audits.map((each) => (each === audit ? { ...audit, lease } : each));
  }
  return rest.filter(({ id }) => !auditors.some(({ auditor }) => auditor.id === id));
}

/** A lease of a record that others compute, too. */
function grantRecord(
  draft: Draft,
  worker: WorkerState,
  blocks: readonly number[],
  of: StepOf,
  at: number,
): number {
  const { id, pace, link, sharers } = worker;
  const traffic = draft.settings.traffic[of.position.phase];
  const compute = pace * draft.microbatchesPerBlock;
  const { fixed, each } = candidateOf(
    { id, compute, link, sharers },
    traffic,
    1,
    contention(draft.linkTimes),
  );
  const expected = fixed + each * blocks.length;
  const cost = { expected, bytes: 0, engaged: 1, raceAt: Infinity };
  return grant(draft, worker, { kind: 'step', blocks }, of, at, cost);
}

/** Of the free workers those that are to share the open blocks, and what these cost them. */
function engaged(
  draft: Draft,
  open: readonly number[],
  free: readonly WorkerState[],
  traffic: Traffic,
): readonly Candidate[] {
  const { blocks, blocksPerLease } = draft.settings;
  const workers = free.map(({ id, pace, link, sharers, passedOver }) => {
    const trust = forgiveness ** passedOver;
    return { id, compute: pace * trust * draft.microbatchesPerBlock, link: link * trust, sharers };
  });
  // In mid-step whoever is free helps; in lock step transfers cannot be told from computing.
  if (open.length < blocks || exchangesAhead(draft) > 0) {
    const exponent = contention(draft.linkTimes);
    return workers.map((worker) => candidateOf(worker, traffic, workers.length, exponent));
  }
  const { phase } = draft.position;
  const before = draft.engagement[phase];
  const links = draft.linkTimes;
  const { candidates, engagement, finish } = engage(open, workers, traffic, blocksPerLease, before, links);
  draft.engagement = { ...draft.engagement, [phase]: engagement };
  if (engagement.count !== before.count) {
    draft.tell({
      type: 'workers-engaged',
      version: draft.version,
      phase,
      workers: engagement.count,
      of: workers.length,
      expected: finish,
      contention: contention(links),
    });
  }
  return candidates;
}

/** The consecutive blocks at the beginning: one record of an update names no others. The rest is leased next. */
function firstRun(blocks: readonly number[]): readonly number[] {
  const gap = blocks.findIndex((block, i) => block !== blocks[0] + i);
  return gap < 0 ? blocks : blocks.slice(0, gap);
}
