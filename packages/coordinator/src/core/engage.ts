/**
 * How many workers are engaged in a step. Each more takes a part of the computing, and wants the parameters sent: where
 * all share one medium, such as the access point of a classroom, that makes everybody's transfers longer. So no more are
 * engaged than make the step faster, by what was measured of their links and of how these slow each other down.
 */
import { shareBlocks, type Candidate } from './share.ts';

/** Bytes that travel for a lease in one phase. */
export interface Traffic {
  /** To bring the worker to the version, once. */
  readonly down: number;
  /** Of its update, for each block. */
  readonly up: number;
}

/** A worker that could have a part of the step. */
export interface Engageable {
  readonly id: number;
  /** Milliseconds a block that it computes. */
  readonly compute: number;
  /** Milliseconds a byte, when `sharers` were engaged. */
  readonly link: number;
  readonly sharers: number;
}

/** Milliseconds a byte, by how many were engaged, measured last the last: what tells whether links slow each other down. */
export type LinkTimes = ReadonlyMap<number, number>;

export interface Engagement {
  /** How many are engaged; null: not chosen yet, or no need to. */
  readonly count: number | null;
  /** Steps since another number was last tried. */
  readonly steady: number;
}

export const noEngagement: Engagement = { count: null, steady: 0 };

/** Transfers shorter than this share of a step are not worth a thought. */
const negligible = 0.15;
/** Another number must promise to be so much faster. */
const hysteresis = 0.95;
/** Steps from one try of a neighbouring number to the next, for what is measured there. */
const tryEvery = 50;
/** Numbers of workers whose times are remembered: conditions change. */
const remembered = 5;
/** Weight of the newest measurement. */
const weight = 0.3;

/**
 * The exponent c in time a byte ∝ engaged^c: 0 for links of their own, 1 for one medium that all share. The slope of the
 * line through the logarithms, by least squares; a shared medium while only one number was measured.
 */
export function contention(times: LinkTimes): number {
  const points = [...times].filter(([, perByte]) => perByte > 0);
  if (points.length < 2) return 1;
  const logs = points.map(([engaged, perByte]) => [Math.log(engaged), Math.log(perByte)]);
  const mean = (axis: 0 | 1): number => logs.reduce((sum, point) => sum + point[axis], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  let covariance = 0;
  let variance = 0;
  for (const [a, b] of logs) {
    covariance += (a - x) * (b - y);
    variance += (a - x) ** 2;
  }
  return Math.min(1, Math.max(0, covariance / variance));
}

/** `times` with one more measurement; what was measured longest ago goes. */
export function measured(times: LinkTimes, engaged: number, perByte: number): LinkTimes {
  const before = times.get(engaged) ?? perByte;
  const next = new Map(times);
  next.delete(engaged);
  next.set(engaged, (1 - weight) * before + weight * perByte);
  for (const [oldest] of next) {
    if (next.size <= remembered) break;
    next.delete(oldest);
  }
  return next;
}

/** What a block costs a worker when so many are engaged. */
export function candidateOf(
  { id, compute, link, sharers }: Engageable,
  traffic: Traffic,
  engaged: number,
  exponent: number,
): Candidate {
  const perByte = link * (engaged / sharers) ** exponent;
  return { id, fixed: perByte * traffic.down, each: compute + perByte * traffic.up };
}

export interface Choice {
  readonly candidates: readonly Candidate[];
  readonly engagement: Engagement;
  /** Milliseconds that the step should take. */
  readonly finish: number;
}

/**
 * Chooses who is engaged in a step.
 *
 * @param most - blocks that one may have
 */
export function engage(
  blocks: readonly number[],
  workers: readonly Engageable[],
  traffic: Traffic,
  most: number,
  before: Engagement,
  times: LinkTimes,
): Choice {
  const exponent = contention(times);
  const all = Math.min(workers.length, blocks.length);
  // The quickest first, by what one block costs them.
  const quickest = workers
    .map((worker) => ({ worker, one: candidateOf(worker, traffic, all, exponent) }))
    .sort((a, b) => a.one.fixed + a.one.each - b.one.fixed - b.one.each)
    .map(({ worker }) => worker);
  const withCount = (count: number): Choice => {
    const candidates = quickest
      .slice(0, count)
      .map((worker) => candidateOf(worker, traffic, count, exponent));
    const { finish } = shareBlocks(blocks, candidates, most);
    return { candidates, engagement: { ...before, count: count === all ? null : count }, finish };
  };
  const everybody = withCount(all);
  const transfers = Math.max(0, ...everybody.candidates.map(({ fixed }) => fixed));
  // Blocks that nobody may have in one go ask for all there are, too.
  const least = Math.ceil(blocks.length / most);
  if (all <= least || transfers < negligible * everybody.finish) {
    return everybody;
  }
  // Some of those chosen before may be gone.
  const kept = Math.max(least, Math.min(all, before.count ?? all));
  // Doublings cover the range; the neighbours of what is kept, and the rest of the way.
  const counts = new Set([kept, kept - 1, kept + 1, kept >> 1, kept * 2, all]);
  const choices = [...counts].filter((count) => count >= least && count <= all).map(withCount);
  const now = withCount(kept);
  const best = choices.reduce((a, b) => (b.finish < a.finish ? b : a), now);
  if (best.finish < hysteresis * now.finish)
    return { ...best, engagement: { ...best.engagement, steady: 0 } };
  const steady = before.steady + 1;
  if (steady % tryEvery === 0) {
    // One step with a neighbouring number; the choice stays.
    const up = steady % (2 * tryEvery) === 0;
    const other = up ? Math.min(all, kept + 1) : Math.max(least, kept - 1);
    return { ...withCount(other), engagement: { ...now.engagement, steady } };
  }
  return { ...now, engagement: { ...now.engagement, steady } };
}
