/**
 * Trials: a record of the step that is being computed gets a second opinion, and where the two differ others are asked
 * until two agree. Whoever computed otherwise is quarantined, and the step begins anew without it. The step waits for that:
 * what is tried is not applied before.
 *
 * On trial are records of suspects, whom an audit has left in doubt, and records whose numbers are far larger than usual.
 * These may be right: training can explode.
 */
import { blocksOf, canAudit, draw, keyOf, recordsOf, unforeseen } from './audited-records.ts';
import { canWork } from './can-work.ts';
import type { Draft } from './draft.ts';
import { forgetStep } from './lock-step.ts';
import { quarantine } from './quarantine.ts';
import type { Candidate, Shares } from './share.ts';
import type { BlockRun, CoreEvent, Lease, Trial, TrialAnswer, WorkerState } from './types.ts';

/** A second opinion may make the step so many times as long. */
const mostDelay = 1.5;

/**
 * Gives a record of each suspect that has some to another worker as well.
 *
 * @param candidates - who could have a part of the step, whether or not they have one
 */
export function withTrials(
  draft: Draft,
  { parts, finish }: Shares,
  candidates: readonly Candidate[],
): ReadonlyMap<number, readonly number[]> {
  if (draft.suspects.size === 0 || !canAudit(draft)) return parts;
  const all = new Map(parts);
  for (const suspect of draft.suspects.keys()) {
    for (const record of recordsOf(draft.settings, parts.get(suspect) ?? [])) {
      const other = secondFor(draft, record, suspect, all, candidates, mostDelay * finish);
      if (other === null) continue;
      all.set(other, together(all.get(other) ?? [], record));
      draft.trials = [...draft.trials, newTrial({ firstBlock: record[0], blocks: record.length }, false)];
      break;
    }
  }
  return all;
}

const newTrial = ({ firstBlock, blocks }: BlockRun, unusual: boolean): Trial => ({
  firstBlock,
  blocks,
  unusual,
  answers: [],
  comparing: 0,
});

const together = (blocks: readonly number[], more: readonly number[]): readonly number[] =>
  [...blocks, ...more].sort((a, b) => a - b);

/** Any of those above suspicion who would be done in time; else whoever would be first. null: it fits nobody's lease. */
function secondFor(
  draft: Draft,
  record: readonly number[],
  suspect: number,
  parts: ReadonlyMap<number, readonly number[]>,
  candidates: readonly Candidate[],
  until: number,
): number | null {
  const able = candidates.flatMap(({ id, fixed, each }) => {
    const own = parts.get(id) ?? [];
    if (id === suspect || !staysApart(draft, own, record)) return [];
    return [{ id, done: fixed + each * (own.length + record.length) }];
  });
  const trusted = able.filter(({ id }) => !draft.suspects.has(id));
  const asked = trusted.length > 0 ? trusted : able;
  if (asked.length === 0) return null;
  const inTime = asked.filter(({ done }) => done <= until);
  if (inTime.length === 0) return asked.reduce((a, b) => (b.done < a.done ? b : a)).id;
  const choice = unforeseen(draft, record[0], draw.trial);
  return inTime[Math.floor(choice * inTime.length)].id;
}

/** Whether a worker with both would answer the record, and those it has already, by themselves. */
function staysApart(draft: Draft, own: readonly number[], record: readonly number[]): boolean {
  if (own.length + record.length > draft.settings.blocksPerLease || own.includes(record[0])) return false;
  const key = (blocks: readonly number[]): string => `${blocks[0]}+${blocks.length}`;
  const expected = new Set([...recordsOf(draft.settings, own), record].map(key));
  const found = recordsOf(draft.settings, together(own, record));
  return found.length === expected.size && found.every((each) => expected.has(key(each)));
}

/**
 * Which parts of an update for the open step are opinions on trial. Parts that are unusual come to trial now.
 *
 * @returns their indices
 */
export function opinionsIn(draft: Draft, event: Extract<CoreEvent, { type: 'update' }>): readonly number[] {
  if (!canAudit(draft)) return [];
  return event.parts.flatMap((part, index) => {
    const unusual = event.unusual.includes(index);
    if (!draft.trials.some(isOf(part))) {
      if (!unusual) return [];
      draft.trials = [...draft.trials, newTrial(part, true)];
    }
    change(draft, part, (trial) => ({
      comparing: trial.comparing + 1,
      unusual: trial.unusual || unusual,
    }));
    return [index];
  });
}

const isOf =
  (run: BlockRun) =>
  (trial: BlockRun): boolean =>
    keyOf(trial) === keyOf(run);

function change(draft: Draft, run: BlockRun, how: (trial: Trial) => Partial<Trial>): void {
  draft.trials = draft.trials.map((trial) => (isOf(run)(trial) ? { ...trial, ...how(trial) } : trial));
}

/** Takes what the comparison of an opinion came to. False where it is on nothing that is on trial. */
export function heard(draft: Draft, event: Extract<CoreEvent, { type: 'compared' }>): boolean {
  const { worker, version, agrees } = event;
  if (version !== draft.version || !draft.trials.some(isOf(event))) return false;
  change(draft, event, ({ answers, comparing }) => ({
    answers: [...answers, { worker, agrees }],
    comparing: comparing - 1,
  }));
  const trial = draft.trials.find(isOf(event)) as Trial; // there is one
  const right = confirmed(trial);
  if (right.length > 0) {
    // With each answer that is right; those that come later confirm the same.
    if (trial.answers.length === 2) for (const answer of right) passed(draft, answer.worker);
    convict(draft, trial, right, event.at);
  } else if (trial.answers.length > 1) {
    const { firstBlock, blocks } = event;
    const workers = trial.answers.map((answer) => answer.worker);
    draft.tell({ type: 'audit-disputed', version, firstBlock, blocks, workers });
  }
  return true;
}

/** A suspect that has passed so many trials is none any more. */
function passed(draft: Draft, id: number): void {
  const left = draft.suspects.get(id);
  if (left === undefined) return;
  const suspects = new Map(draft.suspects);
  if (left > 1) suspects.set(id, left - 1);
  else suspects.delete(id);
  draft.suspects = suspects;
}

/** Answers that some other agrees with. */
const confirmed = ({ answers }: Trial): readonly TrialAnswer[] =>
  answers.filter((one) =>
    answers.some(
      (other) =>
        other.worker !== one.worker &&
        (other.agrees.includes(one.worker) || one.agrees.includes(other.worker)),
    ),
  );

function convict(draft: Draft, trial: Trial, right: readonly TrialAnswer[], at: number): void {
  const wrong = trial.answers.filter((answer) => !right.includes(answer)).map(({ worker }) => worker);
  if (wrong.length === 0) return;
  const { firstBlock, blocks } = trial;
  const what = blocks === 1 ? `block ${firstBlock}` : `blocks ${firstBlock} to ${firstBlock + blocks - 1}`;
  const reason = `Its gradient of ${what} at version ${draft.version} differs from what ${right.length} others computed.`;
  // Whatever else of the step is theirs cannot be trusted either.
  const tainted = draft.accepted.some(({ worker }) => wrong.includes(worker));
  for (const worker of wrong) quarantine(draft, worker, reason, at);
  if (tainted) forgetStep(draft, wrong[0], 'quarantined');
}

/** Whether the record needs one more opinion. */
const isOpen = (trial: Trial): boolean =>
  confirmed(trial).length === 0 && trial.answers.length > (trial.unusual ? 0 : 1);

const hasAnswered = ({ answers }: Trial, worker: number): boolean =>
  answers.some((answer) => answer.worker === worker);

/** Leases in time whose answers will tell of the record. */
const underWay = (draft: Draft, { firstBlock }: Trial): Lease[] =>
  [...draft.leases.values()].filter(
    ({ task, version, expired }) =>
      task.kind === 'step' && version === draft.version && !expired && task.blocks.includes(firstBlock),
  );

/**
 * Whether no opinion is waited for. Where nobody is left to ask, the run goes on with what came first, and that is told.
 */
export function trialsAreDone(draft: Draft): boolean {
  const waits = (trial: Trial): boolean =>
    trial.comparing > 0 ||
    underWay(draft, trial).length > 0 ||
    (isOpen(trial) &&
      [...draft.workers.values()].some((worker) => canWork(draft, worker) && !hasAnswered(trial, worker.id)));
  if (draft.trials.some(waits)) return false;
  for (const trial of draft.trials.filter(isOpen)) {
    const { firstBlock, blocks, answers } = trial;
    const workers = answers.map(({ worker }) => worker);
    // With nobody to ask they would be on trial for ever.
    draft.suspects = new Map([...draft.suspects].filter(([id]) => !workers.includes(id)));
    draft.tell({ type: 'audit-undecided', version: draft.version, firstBlock, blocks, workers });
  }
  return true;
}

/** Who is to give one more opinion on which record. Hidden tabs are asked where there is nobody else. */
export function judgesFor(
  draft: Draft,
): readonly { readonly judge: WorkerState; readonly blocks: readonly number[] }[] {
  const chosen: { judge: WorkerState; blocks: readonly number[] }[] = [];
  for (const trial of draft.trials) {
    if (trial.comparing > 0 || !isOpen(trial) || underWay(draft, trial).length > 0) continue;
    const able = [...draft.workers.values()].filter(
      (worker) =>
        canWork(draft, worker) &&
        worker.lease === null &&
        !hasAnswered(trial, worker.id) &&
        !chosen.some(({ judge }) => judge === worker),
    );
    const visible = able.filter(({ availability }) => availability === 'working');
    const asked = visible.length > 0 ? visible : able;
    if (asked.length === 0) continue;
    const choice = unforeseen(draft, trial.firstBlock, draw.judge);
    const judge = asked[Math.floor(choice * asked.length)];
    chosen.push({ judge, blocks: blocksOf(trial) });
  }
  return chosen;
}
