/** What each worker did in the last steps: a lane each, with what can be pointed at told in words, and the same as a table. */
import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { formatCount, formatMilliseconds, formatPercent, type WorkerView } from '@gantry/shared';
import { Identity } from '@gantry/shared/page';
import type { Presenter } from '../../presenter.ts';
import { TableButton } from '../../table-button.tsx';
import { t } from '../../text.ts';
import { barsOf, leaseAt, leasesOf, summaryOf } from './lane-bars.ts';
import { drawLanes } from './lane-canvas.ts';
import { windowOf, type LaneLease, type LaneState } from './lanes.ts';
import { Legend } from './lane-legend.tsx';

/** What is shown while the view is paused. */
interface Frozen {
  readonly state: LaneState;
  readonly now: number;
}

/** What is looked at: a worker's lane, and a lease on it where there is one. */
interface Focus {
  readonly worker: number;
  readonly lease: number | null;
}

/** Milliseconds between drawings: lanes of slow steps glide; those of fast ones change as a whole, and are to be read. */
const gliding = 50;
const changing = 700;
/** Milliseconds; lanes that show less change. */
const slow = 4000;
/** Of the page's font size: height of the strip above the lanes. */
const strip = 1.1;

export function Timeline({ presenter }: { readonly presenter: Presenter }) {
  const { lanes } = presenter;
  const frozen = useSignal<Frozen | null>(null);
  const asTable = useSignal(false);
  const focus = useSignal<Focus | null>(null);
  const workers = lanesOf(presenter.view.value.progress?.workers ?? [], lanes.state);
  const shown = (): Frozen => frozen.value ?? { state: lanes.state, now: lanes.at(performance.now()) };
  const pause = (): void => {
    frozen.value ??= { state: lanes.state, now: lanes.at(performance.now()) };
  };
  const { state, now } = shown();
  const worker = workers.find(({ id }) => id === focus.value?.worker);
  const lease = state.leases.get(focus.value?.lease ?? -1) ?? null;
  return (
    <section class="panel timeline" aria-labelledby="timeline-title">
      <div class="panel-head">
        <h2 id="timeline-title">{t('now:timeline.title')}</h2>
        <p>
          <button
            type="button"
            aria-pressed={frozen.value !== null}
            onClick={() => (frozen.value === null ? pause() : (frozen.value = null))}
          >
            {frozen.value === null ? t('now:timeline.pause') : t('now:timeline.goOn')}
          </button>
          <TableButton asTable={asTable} />
        </p>
      </div>
      {asTable.value ? (
        <Summaries workers={workers} state={state} window={windowOf(state, now)} />
      ) : (
        <>
          <LaneArea
            workers={workers}
            shown={shown}
            paused={frozen.value !== null}
            focus={focus.value}
            point={(next) => (focus.value = next)}
            pause={pause}
          />
          <p class="lane-details" aria-live="polite">
            {worker === undefined ? (
              <span class="quiet">{t('now:timeline.hint')}</span>
            ) : lease === null ? (
              t('now:timeline.waits', { name: worker.name })
            ) : (
              describe(worker.name, lease, now)
            )}
          </p>
          <Legend exchanges={[...state.leases.values()].some(({ waited }) => waited > 0)} />
        </>
      )}
    </section>
  );
}

/** Who is there, or did something that is shown, by number: a lane stays where it is. */
function lanesOf(workers: readonly WorkerView[], { leases }: LaneState): WorkerView[] {
  const busy = new Set([...leases.values()].map(({ worker }) => worker));
  return workers
    .filter(({ id, state }) => busy.has(id) || (state !== 'left' && state !== 'lost'))
    .toSorted((a, b) => a.id - b.id);
}

function describe(name: string, lease: LaneLease, now: number): string {
  const { kind, blocks, version, phase, outcome, late, expired, granted } = lease;
  const parts = barsOf(lease, now).map(({ part, from, to }) =>
    t(`now:timeline.part.${part}`, { time: formatMilliseconds(to - from) }),
  );
  const what =
    kind === 'sheet'
      ? t('now:timeline.kind.sheet')
      : t(`now:timeline.kind.${kind}`, {
          count: blocks,
          version: formatCount(version),
          phase: t(`common:phase.${phase}`),
        });
  const trouble = [
    ...(late === null ? [] : [t('now:timeline.lateAfter', { time: formatMilliseconds(late - granted) })]),
    ...(expired === null
      ? []
      : [t('now:timeline.expiredAfter', { time: formatMilliseconds(expired - granted) })]),
  ];
  return [name, what, ...parts, ...trouble, t(`now:timeline.outcome.${outcome}`)].join(' · ');
}

interface LaneAreaProps {
  readonly workers: readonly WorkerView[];
  readonly shown: () => Frozen;
  readonly paused: boolean;
  readonly focus: Focus | null;
  readonly point: (at: Focus | null) => void;
  readonly pause: () => void;
}

function LaneArea({ workers, shown, paused, focus, point, pause }: LaneAreaProps) {
  const lease = focus?.lease ?? null;
  const canvas = useRef<HTMLCanvasElement>(null);
  const ids = workers.map(({ id }) => id);
  const names = ids.join(' ');
  const still = useMemo(() => window.matchMedia('(prefers-reduced-motion: reduce)'), []);
  const stripHeight = (element: HTMLElement): number =>
    strip * parseFloat(getComputedStyle(element).fontSize);

  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    let last = -Infinity;
    let frame = 0;
    const draw = (): void => {
      const { state, now } = shown();
      const { from, to } = windowOf(state, now);
      drawLanes(element, { state, workers: ids, from, to, now, focus: lease }, stripHeight(element));
    };
    const again = (at: number): void => {
      const { state, now } = shown();
      const { from, to } = windowOf(state, now);
      const wait = still.matches || to - from < slow ? changing : gliding;
      if (at - last >= wait) {
        last = at;
        draw();
      }
      frame = requestAnimationFrame(again);
    };
    draw();
    if (!paused) frame = requestAnimationFrame(again);
    const observer = new ResizeObserver(draw);
    observer.observe(element);
    return () => {
      cancelAnimationFrame(frame);
      observer.disconnect();
    };
  }, [names, paused, lease]);

  const under = (event: PointerEvent): void => {
    const element = event.currentTarget as HTMLElement;
    const { left, top, width, height } = element.getBoundingClientRect();
    const above = stripHeight(element);
    const row = Math.floor(((event.clientY - top - above) / (height - above)) * ids.length);
    const worker = ids.at(row);
    if (row < 0 || worker === undefined) {
      point(null);
      return;
    }
    const { state, now } = shown();
    const { from, to } = windowOf(state, now);
    const at = from + ((event.clientX - left) / width) * (to - from);
    point({ worker, lease: leaseAt(state, worker, at, now)?.lease ?? null });
  };
  const pressed = (event: KeyboardEvent): void => {
    if (!['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'].includes(event.key) || ids.length === 0) return;
    event.preventDefault();
    pause(); // what is read must not run away
    const { state } = shown();
    const step = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0;
    const row = focus === null ? 0 : ids.indexOf(focus.worker) + step;
    const worker = ids[Math.min(ids.length - 1, Math.max(0, row))];
    const own = leasesOf(state, worker);
    const before = lease === null ? undefined : state.leases.get(lease);
    const near = before === undefined ? own.length - 1 : nearest(own, before);
    const along = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
    const next = before?.worker === worker ? near + along : near;
    point({ worker, lease: own.at(Math.min(own.length - 1, Math.max(0, next)))?.lease ?? null });
  };

  return (
    <div class="lanes" style={{ '--lanes': Math.max(1, ids.length) }}>
      <ul class="lane-names">
        {workers.map(({ id, name, state }) => (
          <li key={id} title={`${name}: ${t(`common:workerState.${state}.text`)}`}>
            <Identity worker={id} />
            <span class="lane-name">{name}</span>
            <span class="lane-state quiet">{t(`common:workerState.${state}.text`)}</span>
          </li>
        ))}
      </ul>
      <div
        class="lane-canvas"
        tabIndex={0}
        role="application"
        aria-label={t('now:timeline.label')}
        onPointerMove={under}
        onPointerLeave={() => point(null)}
        onKeyDown={pressed}
      >
        <canvas ref={canvas} />
      </div>
    </div>
  );
}

/** Index of the lease that lies nearest in time. */
function nearest(leases: readonly LaneLease[], to: LaneLease): number {
  const distance = ({ granted }: LaneLease): number => Math.abs(granted - to.granted);
  return leases.reduce((best, each, i) => (distance(each) < distance(leases[best]) ? i : best), 0);
}

function Summaries({
  workers,
  state,
  window,
}: {
  readonly workers: readonly WorkerView[];
  readonly state: LaneState;
  readonly window: { readonly from: number; readonly to: number };
}) {
  const columns = ['accepted', 'late', 'inVain', 'lost', 'receiving', 'computing', 'sending'] as const;
  return (
    <div class="table" tabIndex={0} role="region" aria-label={t('now:timeline.table')}>
      <table>
        <caption class="quiet">
          {t('now:timeline.span', { time: formatMilliseconds(window.to - window.from) })}
        </caption>
        <thead>
          <tr>
            <th scope="col">{t('now:timeline.worker')}</th>
            {columns.map((column) => (
              <th scope="col" key={column}>
                {t(`now:timeline.column.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {workers.map(({ id, name }) => {
            const summary = summaryOf(state, id, window);
            return (
              <tr key={id}>
                <th scope="row">
                  <Identity worker={id} /> {name}
                </th>
                {columns.map((column) => (
                  <td key={column}>
                    {column === 'receiving' || column === 'computing' || column === 'sending'
                      ? formatPercent(Math.min(1, summary[column]))
                      : formatCount(summary[column])}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
