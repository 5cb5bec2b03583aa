/**
 * A scenario: who trains what, over which links, what befalls them, and what is varied. Files are JSON with comments; the
 * shipped ones, in `packages/coordinator/scenarios`, are examples of every field. Times are in seconds, rates in
 * megabits a second, unless a name says otherwise.
 */
import { measureNames } from '@gantry/shared/measures';
import { z } from 'zod';

const share = z.number().min(0).max(1);
const seconds = z.number().min(0).max(1e7);
const count = (most: number) => z.int().min(1).max(most);
const name = z.string().min(1).max(60);

/** Any field of a configuration, by its path as in `--set`, or of this scenario, as in `population.groups.laptops.count`. */
const settings = z.record(z.string().min(1).max(200), z.json());

const link = z.strictObject({
  /** Megabits a second, to the machine and from it. */
  down: z.number().gt(0).max(1e6).default(100),
  up: z.number().gt(0).max(1e6).default(100),
  /** Milliseconds from one end to the other, and the mean of what comes on top at random. */
  latency: z.number().min(0).max(60_000).default(2),
  jitter: z.number().min(0).max(60_000).default(0),
  /** Share of packets lost. */
  loss: z.number().min(0).lt(0.5).default(0),
  /** Name of the medium that it shares with others; without it, the coordinator's own port. */
  medium: name.optional(),
});

const group = z.strictObject({
  count: z.int().min(0).max(1000),
  speed: z.strictObject({
    /** Milliseconds in which the median machine computes a microbatch. */
    millisecondsPerMicrobatch: z.number().gt(0).max(600_000),
    /** Machines differ: standard deviation of the logarithm of their speed (log-normal); 0: all alike. */
    spread: z.number().min(0).max(3).default(0),
    /** A lease's time varies by so much of it, either way, uniformly. */
    jitter: z.number().min(0).lt(1).default(0.1),
  }),
  /** Machines that are slower, or frozen, now and then. */
  stragglers: z
    .strictObject({
      share,
      /** Mean times of a spell, and from one to the next (exponential). */
      lasts: seconds.default(10),
      every: seconds.default(60),
      /** How many times as long things take in a spell; null: frozen. */
      factor: z.number().min(1).max(1e4).nullable().default(10),
    })
    .default({ share: 0, lasts: 10, every: 60, factor: 10 }),
  link: link.default({ down: 100, up: 100, latency: 2, jitter: 0, loss: 0 }),
  /** All come within so many seconds, at random; 0: at once. */
  joinsWithin: seconds.default(0),
  /** Seconds in which a machine tests itself when it comes first. */
  testing: seconds.default(1),
  /** They come and go: mean seconds of a stay, and away (exponential). */
  sessions: z.strictObject({ stay: seconds, away: seconds }).optional(),
});

const struck = {
  /** Of this group, the first so many of them; without these, everybody. */
  group: name.optional(),
  machines: count(1000).optional(),
  /** Seconds at which it strikes. */
  at: z.array(seconds).max(1000).default([]),
  /** Chance with each lease, from `from` on. */
  probability: share.default(0),
  from: seconds.default(0),
};
/** Seconds that it lasts; without it, a killed machine does not come back. */
const lasts = seconds.default(5);

const fault = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('kill'), ...struck, lasts: seconds.nullable().default(5) }),
  z.strictObject({ kind: z.literal('freeze'), ...struck, lasts }),
  z.strictObject({
    kind: z.literal('slow'),
    ...struck,
    lasts,
    factor: z.number().gt(1).max(1e4).default(10),
  }),
  z.strictObject({ kind: z.literal('delay'), ...struck, lasts }),
  z.strictObject({ kind: z.literal('reorder'), ...struck, lasts }),
  z.strictObject({ kind: z.literal('duplicate'), ...struck }),
  z.strictObject({ kind: z.literal('drop'), ...struck }),
  z.strictObject({ kind: z.literal('corrupt'), ...struck }),
  z.strictObject({ kind: z.literal('sign-flip'), ...struck }),
  z.strictObject({ kind: z.literal('random'), ...struck }),
  z.strictObject({ kind: z.literal('replay'), ...struck }),
  z.strictObject({ kind: z.literal('scale'), ...struck, factor: z.number().min(-1e6).max(1e6) }),
]);

const axis = z.union([
  /** One field, some values of it. */
  z.strictObject({ path: z.string().min(1).max(200), values: z.array(z.json()).min(1).max(100) }),
  /** Named settings of several fields. */
  z.record(name, settings),
]);

export const scenarioSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/, 'lower-case letters, digits and hyphens'),
  /** What it is to answer: the report's title. */
  question: z.string().min(1).max(300),
  /** What more a reader should know. */
  about: z.string().max(4000).default(''),
  config: z.strictObject({
    preset: name,
    set: settings.default({}),
  }),
  population: z.strictObject({
    groups: z.record(name, group),
    /** What several links share, as an access point: both directions together. */
    media: z.record(name, z.strictObject({ rate: z.number().gt(0).max(1e6) })).default({}),
    coordinator: z
      .strictObject({
        /** Megabits a second of its port, in each direction. */
        rate: z.number().gt(0).max(1e6).default(1000),
        /** Milliseconds in which it takes in, checks and sums 1 MB. */
        millisecondsPerMegabyte: z.number().min(0).max(1000).default(1.5),
        /** `even`: everybody in every step, all alike, and nothing is raced; what Gantry would not do. */
        scheduling: z.enum(['adaptive', 'even']).default('adaptive'),
      })
      .default({ rate: 1000, millisecondsPerMegabyte: 1.5, scheduling: 'adaptive' }),
    /** Parameters and gradients count for so many times their bytes: those of the model that the paces are of. */
    bytesFactor: z.number().gt(0).max(1e4).default(1),
    /** Machines to wait for before training begins; all that are there from the start, without it. */
    waitFor: z.int().min(0).max(1000).optional(),
  }),
  faults: z.array(fault).max(100).default([]),
  /** What is varied: each combination is a cell. */
  axes: z.record(name, axis).default({}),
  /** Of each axis the value that others are compared with; its first, without it. */
  base: z.record(name, z.string()).default({}),
  measure: z
    .strictObject({
      /** Iterations between measures; there is always one at the end. */
      every: count(1_000_000).default(100),
      /** Generated examples of a measure. */
      samples: count(50_000).default(2500),
    })
    .default({ every: 100, samples: 2500 }),
  /** What a run is to come to; the time and bytes that it takes are reported. */
  target: z
    .strictObject({
      measure: z.enum(measureNames),
      atLeast: z.number().optional(),
      atMost: z.number().optional(),
    })
    .optional(),
  /** Virtual seconds after which a cell is ended. */
  longest: seconds.default(1e6),
});

/** As it is used: each default filled in. */
export type Scenario = z.infer<typeof scenarioSchema>;
export type GroupSpec = z.infer<typeof group>;
export type FaultSpec = z.infer<typeof fault>;
