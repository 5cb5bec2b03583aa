/** What the page makes of what it is told of the last steps. */
import { describe, expect, it } from 'vitest';
import { leaseKinds, leaseOutcomes, type PresenterTimeline } from '@gantry/shared';
import {
  barsOf,
  inVain,
  isLost,
  leaseAt,
  openStep,
  summaryOf,
} from '../src/dashboard/views/now/lane-bars.ts';
import {
  hearLanes,
  Lanes,
  noLanes,
  windowOf,
  type LaneLease,
  type LaneState,
} from '../src/dashboard/views/now/lanes.ts';
import { arcPath, phaseArcs } from '../src/dashboard/views/now/phase-arcs.ts';
import { hearRates, noRates } from '../src/dashboard/views/now/rates.ts';

interface Given {
  readonly lease: number;
  readonly worker: number;
  readonly version: number;
  readonly granted: number;
  readonly ended: number | null;
  readonly outcome?: (typeof leaseOutcomes)[number];
  readonly late?: number;
}

/** @param versions - of steps of 100 ms each, the step of version n from 100·n on */
function message(versions: readonly number[], leases: readonly Given[], whole = false): PresenterTimeline {
  const nothing = leases.map(() => null);
  return {
    type: 'timeline',
    now: 1000,
    whole,
    steps: {
      version: [...versions],
      iteration: versions.map((version) => version >> 1),
      phase: versions.map((version) => (version % 2 === 0 ? 'discriminator' : 'generator')),
      from: versions.map((version) => 100 * version),
      to: versions.map((version) => 100 * version + 100),
    },
    leases: {
      lease: leases.map(({ lease }) => lease),
      worker: leases.map(({ worker }) => worker),
      version: leases.map(({ version }) => version),
      phase: leases.map(({ version }) => version % 2),
      kind: leases.map(() => leaseKinds.indexOf('step')),
      outcome: leases.map(({ ended, outcome }) =>
        leaseOutcomes.indexOf(outcome ?? (ended === null ? 'open' : 'accepted')),
      ),
      blocks: leases.map(() => 2),
      granted: leases.map(({ granted }) => granted),
      late: leases.map(({ late }) => late ?? null),
      expired: nothing,
      ended: leases.map(({ ended, granted }) => (ended === null ? null : ended - granted)),
      received: leases.map(({ ended }) => (ended === null ? null : 10)),
      computed: leases.map(({ ended }) => (ended === null ? null : 60)),
      waited: leases.map(() => 0),
    },
  };
}

const own = (version: number, ended: number | null = 100 * version + 90): Given => ({
  lease: version + 1,
  worker: 1,
  version,
  granted: 100 * version,
  ended,
});
const versionsOf = ({ steps }: LaneState): number[] => steps.map(({ version }) => version);

describe('the lanes that the page keeps', () => {
  it('grow by what is told, and an open lease is replaced by its end', () => {
    const first = hearLanes(noLanes, message([0], [own(0), own(1, null)], true));
    const second = hearLanes(first, message([1], [own(1)]));
    expect(versionsOf(second)).toEqual([0, 1]);
    expect([...second.leases.values()].map(({ outcome, ended }) => [outcome, ended])).toEqual([
      ['accepted', 90],
      ['accepted', 190],
    ]);
  });

  it('end with the last gap, where a run is faster than it can be told of, and before too many steps', () => {
    const before = hearLanes(noLanes, message([0, 1], [own(0), own(1)]));
    const after = hearLanes(before, message([7, 8], [own(7), own(8)]));
    expect(versionsOf(after)).toEqual([7, 8]);
    expect([...after.leases.values()].map(({ version }) => version)).toEqual([7, 8]);

    const versions = Array.from({ length: 1000 }, (_, version) => version);
    let state = noLanes;
    for (const version of versions) state = hearLanes(state, message([version], [own(version)]));
    expect(versionsOf(state)).toEqual(versions.slice(-40));
    expect(state.leases.size).toBeLessThanOrEqual(42);
  });

  it('begin anew when the page connects anew', () => {
    const before = hearLanes(noLanes, message([0, 1], [own(0), own(1)]));
    expect(versionsOf(hearLanes(before, message([4], [own(4)], true)))).toEqual([4]);
  });

  it("let go of a lease whose end was missed, with its worker's next one", () => {
    const before = hearLanes(noLanes, message([0], [own(0), own(1, null)]));
    const after = hearLanes(before, message([], [own(2, null)]));
    expect([...after.leases.keys()]).toEqual([1, 3]);
  });

  it("go by the coordinator's clock, and stand still until its next message, unless that stays away", () => {
    const lanes = new Lanes();
    lanes.hear(message([0], [own(0)]), 400);
    expect([500, 900, 1000].map((now) => lanes.at(now))).toEqual([1000, 1000, 1100]);
  });

  it('show all steps where these are short, the last 12 s where they are long, and some of them in any case', () => {
    const short = hearLanes(noLanes, message([0, 1, 2], []));
    expect(windowOf(short, 350)).toEqual({ from: 0, to: 300 });
    const steps = [0, 1, 2, 3, 4].map((version) => ({
      ...short.steps[0],
      version,
      from: 5000 * version,
      to: 5000 * version + 5000,
    }));
    expect(windowOf({ ...short, steps }, 25_000).from).toBe(10_000); // three steps are more than 12 s
    const quicker = steps.map((step) => ({ ...step, from: step.from / 2, to: step.to / 2 }));
    expect(windowOf({ ...short, steps: quicker }, 13_000)).toEqual({ from: 500, to: 12_500 });
  });

  it('show a single step by itself: after a pause the picture begins anew, and it ends with what was done', () => {
    const paused = hearLanes(noLanes, message([0, 1, 40], []));
    expect(windowOf(paused, 20_000)).toEqual({ from: 4000, to: 4100 });
    const next = { lease: 9, worker: 1, version: 60, granted: 6000, ended: null };
    expect(windowOf(hearLanes(paused, message([], [next])), 6200)).toEqual({ from: 6000, to: 6200 });
  });
});

describe('a lane', () => {
  const lease: LaneLease = {
    lease: 1,
    worker: 1,
    version: 0,
    phase: 'generator',
    kind: 'step',
    outcome: 'accepted',
    blocks: 1,
    granted: 100,
    late: null,
    expired: null,
    ended: 200,
    received: 10,
    computed: 80,
    waited: 0,
  };

  it('is cut into receiving, computing, waiting at exchanges and sending, without gaps', () => {
    expect(barsOf({ ...lease, waited: 30 }, 500)).toEqual([
      { part: 'receiving', from: 100, to: 110 },
      { part: 'computing', from: 110, to: 160 },
      { part: 'waiting', from: 160, to: 190 },
      { part: 'sending', from: 190, to: 200 },
    ]);
    expect(barsOf({ ...lease, received: 0, computed: 100 }, 500)).toEqual([
      { part: 'computing', from: 100, to: 200 },
    ]);
  });

  it('goes on to the present where nothing has come yet', () => {
    const open = { ...lease, ended: null, received: null, computed: null, outcome: 'open' } as const;
    expect(barsOf(open, 500)).toEqual([{ part: 'unknown', from: 100, to: 500 }]);
  });

  it('is told in numbers', () => {
    const leases = [
      lease,
      { ...lease, lease: 2, granted: 200, ended: 300, late: 280, outcome: 'duplicate' },
      { ...lease, lease: 3, granted: 300, ended: 350, received: null, computed: null, outcome: 'lost' },
      { ...lease, lease: 4, worker: 2 },
    ] as const;
    const state = { steps: [], leases: new Map(leases.map((each) => [each.lease, each])) };
    expect(summaryOf(state, 1, { from: 150, to: 550 })).toEqual({
      worker: 1,
      accepted: 1,
      late: 1,
      inVain: 1,
      lost: 1,
      receiving: 10 / 400,
      computing: (40 + 80 + 50) / 400,
      sending: 20 / 400,
    });
    expect(leaseAt(state, 1, 210, 600)?.lease).toBe(2);
    expect(leaseAt(state, 1, 400, 600)).toBeNull();
    expect(leases.map(inVain)).toEqual([false, true, false, false]);
    expect(leases.map(isLost)).toEqual([false, false, true, false]);
  });

  it('has the step under way behind it from its first lease on', () => {
    const state = hearLanes(noLanes, message([0, 1], [own(0), own(1), own(2, null)]));
    expect(openStep(state, 260)).toMatchObject({ version: 2, phase: 'discriminator', from: 200, to: 260 });
    expect(openStep(hearLanes(noLanes, message([0], [own(0)])), 120)).toBeNull();
  });
});

describe('the ring of phases', () => {
  it('has a part for each step, and says which are done', () => {
    const arcs = phaseArcs({ discriminator: 3, generator: 1 }, 'discriminator', 1, false);
    expect(arcs.map(({ from, to }) => [from, to])).toEqual([
      [0, 0.25],
      [0.25, 0.5],
      [0.5, 0.75],
      [0.75, 1],
    ]);
    expect(arcs.map(({ state }) => state)).toEqual(['done', 'current', 'ahead', 'ahead']);
    const second = phaseArcs({ discriminator: 3, generator: 1 }, 'generator', 0, false);
    expect(second.map(({ state }) => state)).toEqual(['done', 'done', 'done', 'current']);
  });

  it('has one for what is done of a long phase, and both lit where they change too fast', () => {
    const long = phaseArcs({ discriminator: 100, generator: 100 }, 'generator', 50, false);
    expect(long.map(({ phase, state, to }) => [phase, state, to])).toEqual([
      ['discriminator', 'done', 0.5],
      ['generator', 'done', 0.75],
      ['generator', 'current', 0.755],
      ['generator', 'ahead', 1],
    ]);
    const fast = phaseArcs({ discriminator: 1, generator: 1 }, 'generator', 0, true);
    expect(fast.map(({ state }) => state)).toEqual(['current', 'current']);
  });

  it('is drawn clockwise from the top, also where it is whole', () => {
    expect(arcPath({ from: 0, to: 0.25 }, 10, 0)).toMatch(/^M0\.000 -10\.000A10 10 0 0 1 10\.000 -?0\.000$/);
    expect(arcPath({ from: 0, to: 1 }, 10, 0)).toMatch(/^M0\.000 -10\.000A10 10 0 1 1 -0\.0\d+ -10\.000$/);
  });
});

describe('bytes a second', () => {
  const progress = (secondsElapsed: number, up: number, down: number) =>
    ({ secondsElapsed, bytes: { up, down } }) as Parameters<typeof hearRates>[1];

  it('are measured over a second at least, and kept for a minute', () => {
    let rates = hearRates(noRates, progress(10, 0, 0));
    rates = hearRates(rates, progress(10.25, 5000, 0));
    expect(rates.list).toEqual([]);
    rates = hearRates(rates, progress(12, 6000, 2000));
    expect(rates.list).toEqual([{ at: 12, up: 3000, down: 1000 }]);
    for (let second = 13; second < 200; second++) rates = hearRates(rates, progress(second, 6000, 2000));
    expect(rates.list).toHaveLength(60);
    expect(rates.list.at(-1)).toEqual({ at: 199, up: 0, down: 0 });
  });

  it('begin anew with a run that counts anew', () => {
    const before = hearRates(hearRates(noRates, progress(1, 0, 0)), progress(2, 100, 100));
    expect(hearRates(before, progress(3, 50, 100)).list).toEqual([]);
  });
});
