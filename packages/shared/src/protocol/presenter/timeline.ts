/** What became of each lease of the last steps: the lanes of the presenter's page. */
import { z } from 'zod';

/**
 * What a lease is of: the open `step`; blocks of it that somebody else was leased before (`again`: late, or lost); a
 * record that another worker computes as well (`audit`); a sample `sheet`.
 */
export const leaseKinds = ['step', 'again', 'audit', 'sheet'] as const;
export type LeaseKind = (typeof leaseKinds)[number];

/**
 * How it stands: `open` until it is answered; `accepted`: became part of the step; `duplicate`: another's answer was first;
 * `compared`: its answer was for an audit or a trial; `drawn`: its sheet was taken; `given-back` by the worker; `lost` with
 * the worker's connection; `rejected`: what came cannot be right; `revoked`: called off, since the step began anew.
 */
export const leaseOutcomes = [
  'open',
  'accepted',
  'duplicate',
  'compared',
  'drawn',
  'given-back',
  'lost',
  'rejected',
  'revoked',
] as const;
export type LeaseOutcome = (typeof leaseOutcomes)[number];

const milliseconds = z.number();
const perhaps = z.array(milliseconds.nullable());

/** Steps that were completed, and leases that changed, since the last such message; in the first all of the last steps. */
export const presenterTimeline = z.strictObject({
  type: z.literal('timeline'),
  /** By the coordinator's clock, as `from`, `to` and `granted` are. */
  now: milliseconds,
  /** It replaces all that came before. */
  whole: z.boolean(),
  /** From the first lease until all blocks were in. */
  steps: z.strictObject({
    version: z.array(z.int()),
    iteration: z.array(z.int()),
    phase: z.array(z.enum(['discriminator', 'generator'])),
    from: z.array(milliseconds),
    to: z.array(milliseconds),
  }),
  /** The other times are milliseconds since `granted`, or durations; null: it has not come to that, or is not known. */
  leases: z.strictObject({
    lease: z.array(z.int()),
    worker: z.array(z.int()),
    version: z.array(z.int()),
    /** Index into `phaseNames`. */
    phase: z.array(z.int().min(0).max(1)),
    /** Index into `leaseKinds`. */
    kind: z.array(z.int().min(0).lt(leaseKinds.length)),
    /** Index into `leaseOutcomes`. */
    outcome: z.array(z.int().min(0).lt(leaseOutcomes.length)),
    blocks: z.array(z.int()),
    granted: z.array(milliseconds),
    /** Since when whoever is idle may take its blocks as well. */
    late: perhaps,
    /** Its deadline passed: its blocks are leased to others. */
    expired: perhaps,
    ended: perhaps,
    /** Duration of receiving: of the time that the link took the part that its bytes make. */
    received: perhaps,
    /** Duration of computing, by the worker's own clock; with exchanges, waiting for others included. */
    computed: perhaps,
    /** Of that, waiting for others at exchanges. */
    waited: z.array(milliseconds),
  }),
});
export type PresenterTimeline = z.infer<typeof presenterTimeline>;
