/** The course of the run: series of numbers by iteration, thinned into buckets on the coordinator. */
import { z } from 'zod';

/** null: nothing came for that bucket. */
const values = z.array(z.number().nullable());

/** Neighbouring buckets of one series. */
const bucketRun = z.strictObject({
  /** Number of the first; bucket n holds the iterations from n·width to (n + 1)·width − 1. */
  from: z.int().min(0),
  mean: values,
  /** Least and greatest number of each. Left out where only means are shown. */
  least: values.optional(),
  greatest: values.optional(),
});
export type BucketRun = z.infer<typeof bucketRun>;

/**
 * What is kept of a run's course. `curves`: losses, accuracies, and measures of sheets, with envelopes. `maps`: what there is
 * for each layer or worker, in fewer buckets and without.
 */
export const seriesSets = ['curves', 'maps'] as const;
export type SeriesSet = (typeof seriesSets)[number];

/** Buckets that changed since the last such message of the set. */
export const presenterSeries = z.strictObject({
  type: z.literal('series'),
  set: z.enum(seriesSets),
  /** Iterations a bucket. */
  width: z.int().min(1),
  /** It replaces all that came before: the first of its set, or the buckets have become wider. */
  whole: z.boolean(),
  /** By name (docs/events.md lists what they are made of), in the order in which they are shown. */
  series: z.record(z.string().max(300), bucketRun),
});
export type PresenterSeries = z.infer<typeof presenterSeries>;
