/**
 * A lease that is late is raced: where somebody is idle, its blocks are leased a second time, and the first valid result
 * of a block wins. That is long before its deadline, which tells who is taken for lost: a step takes little longer for one
 * slow worker, and nobody is given up for a hiccup.
 */
import { ratioAllowed } from './deadline.ts';
import type { Draft } from './draft.ts';
import { exchangesAhead } from './lock-step.ts';

/** Nothing is raced sooner: a duplicate costs bytes, and steps shorter than this have nothing to gain. Milliseconds. */
export const raceFloor = 100;
/** Of the time in which all were to be done, what is not yet late. */
const leastRatio = 1.5;

/**
 * @param finish - milliseconds after which all that was leased at once should be done
 * @returns when these leases can be raced. In lock step never: whoever comes in has missed the exchanges
 */
export const raceTime = (draft: Draft, finish: number, at: number): number =>
  exchangesAhead(draft) > 0
    ? Infinity
    : at + Math.max(raceFloor, finish * ratioAllowed(draft.ratios, leastRatio));

/** Opens the blocks of leases that are late to whoever is idle. */
export function raceLeases(draft: Draft, at: number): void {
  for (const lease of draft.leases.values()) {
    if (lease.expired || lease.raced || lease.raceAt > at) continue;
    draft.leases.set(lease.id, { ...lease, raced: true });
    if (lease.version !== draft.version) continue;
    draft.tell({ type: 'lease-late', worker: lease.worker, lease: lease.id, after: at - lease.grantedAt });
  }
}
