/** What workers did in the last steps. */
import { leaseKinds, leaseOutcomes, phaseNames, type PresenterMessage } from '@gantry/shared';
import type { Clock } from '../../run/clock.ts';
import type { Spans, Timeline } from '../../run/timeline.ts';
import type { Source } from './source.ts';

/** What of a run it reads. */
interface Timed {
  readonly timeline: Timeline;
  readonly options: { readonly clock: Pick<Clock, 'now'> };
}

export function timelineSource({ timeline, options: { clock } }: Timed): Source {
  return {
    welcome: () => {
      const now = clock.now();
      return [timelineMessage(now, true, timeline.last(now))];
    },
    tick: () => {
      const news = timeline.takeNews();
      const none = news.steps.length + news.leases.length === 0;
      return none ? [] : [timelineMessage(clock.now(), false, news)];
    },
  };
}

/** By column: so names do not travel with each lease. */
function timelineMessage(now: number, whole: boolean, { steps, leases }: Spans): PresenterMessage {
  return {
    type: 'timeline',
    now: tenths(now),
    whole,
    steps: {
      version: steps.map(({ version }) => version),
      iteration: steps.map(({ iteration }) => iteration),
      phase: steps.map(({ phase }) => phase),
      from: steps.map(({ from }) => tenths(from)),
      to: steps.map(({ to }) => tenths(to)),
    },
    leases: {
      lease: leases.map(({ lease }) => lease),
      worker: leases.map(({ worker }) => worker),
      version: leases.map(({ version }) => version),
      phase: leases.map(({ phase }) => phaseNames.indexOf(phase)),
      kind: leases.map(({ kind }) => leaseKinds.indexOf(kind)),
      outcome: leases.map(({ outcome }) => leaseOutcomes.indexOf(outcome)),
      blocks: leases.map(({ blocks }) => blocks),
      granted: leases.map(({ granted }) => tenths(granted)),
      late: leases.map(({ late }) => perhapsTenths(late)),
      expired: leases.map(({ expired }) => perhapsTenths(expired)),
      ended: leases.map(({ ended }) => perhapsTenths(ended)),
      received: leases.map(({ received }) => perhapsTenths(received)),
      computed: leases.map(({ computed }) => perhapsTenths(computed)),
      waited: leases.map(({ waited }) => tenths(waited)),
    },
  };
}

const tenths = (milliseconds: number): number => Math.round(10 * milliseconds) / 10;
const perhapsTenths = (milliseconds: number | null): number | null =>
  milliseconds === null ? null : tenths(milliseconds);
