/** Lanes of who was there and how much they computed, over the time of the run; and the same as a table. */
import { formatCount, formatDuration, formatPercent } from '@gantry/shared';
import { Identity } from '@gantry/shared/page';
import { markKinds, spanStates, type ReportMark, type ReportTimeline, type ReportWorker } from '../data.ts';
import { t } from './text.ts';

/** Signs of what happened, told apart by shape. */
const signs: Readonly<Record<ReportMark['kind'], string>> = {
  joined: '▸',
  left: '◂',
  lost: '✕',
  expired: '◷',
  rejected: '⊘',
  givenBack: '↩',
  restarted: '↻',
  disputed: '≠',
  quarantined: '⛔',
  pardoned: '✓',
  unable: '∅',
};

export function Timeline({ timeline }: { readonly timeline: ReportTimeline }) {
  const { workers, starts, moreWorkers, from, to } = timeline;
  const present = markKinds.filter((kind) =>
    workers.some(({ marks }) => marks.some((mark) => mark.kind === kind)),
  );
  const states = spanStates.filter((state) =>
    workers.some(({ spans }) => spans.some((span) => span.state === state)),
  );
  return (
    <section class="panel timeline" aria-labelledby="timeline-title">
      <div class="panel-head">
        <h2 id="timeline-title">{t('report:timeline.title')}</h2>
        <p class="quiet">
          {workers.length === 0 ? t('report:timeline.none') : t('report:timeline.explanation')}{' '}
          {starts.length > 1 && t('report:timeline.starts', { count: starts.length })}{' '}
          {moreWorkers > 0 && t('report:timeline.more', { count: moreWorkers })}
        </p>
      </div>
      {workers.length > 0 && (
        <>
          <div class="lanes" aria-hidden="true">
            {workers.map((worker) => (
              <Lane key={worker.id} worker={worker} timeline={timeline} />
            ))}
            <p class="axis quiet">
              {[0, 0.25, 0.5, 0.75, 1].map((share) => (
                <span key={share}>{formatDuration((share * (to - from)) / 1000)}</span>
              ))}
            </p>
            <p class="legend quiet">
              {states.map((state) => (
                <span key={state}>
                  <span class={`swatch ${state}`} /> {t(`report:state.${state}`)}
                </span>
              ))}
              {present.map((kind) => (
                <span key={kind}>
                  <span class={`sign ${kind}`}>{signs[kind]}</span> {t(`report:mark.${kind}`)}
                </span>
              ))}
            </p>
          </div>
          <WorkerTable timeline={timeline} />
        </>
      )}
    </section>
  );
}

/** Height of a lane's drawing, in units of its own; its width is the number of bins. */
const laneHeight = 20;

function Lane({ worker, timeline }: { readonly worker: ReportWorker; readonly timeline: ReportTimeline }) {
  const { from, to, starts, binMilliseconds, workers } = timeline;
  const duration = Math.max(1, to - from);
  const place = (time: number): string => `${((100 * (time - from)) / duration).toFixed(3)}%`;
  const most = Math.max(...workers.flatMap(({ work }) => work.map((rate) => rate ?? 0)), Number.MIN_VALUE);
  const bins = duration / binMilliseconds;
  const area = worker.work
    .map(
      (rate, bin) =>
        `H${bin}V${(laneHeight * (1 - (rate ?? 0) / most)).toFixed(2)}H${Math.min(bin + 1, bins)}`,
    )
    .join('');
  return (
    <div class="lane">
      <span class="who" title={worker.name}>
        <Identity worker={worker.id} /> {worker.name}
      </span>
      <span class="track">
        {worker.spans.map((span, i) => (
          <span
            key={i}
            class={`span ${span.state}`}
            style={{ left: place(span.from), width: `${(100 * (span.to - span.from)) / duration}%` }}
            title={t(`report:state.${span.state}`)}
          />
        ))}
        <svg viewBox={`0 0 ${bins} ${laneHeight}`} preserveAspectRatio="none">
          <path d={`M0 ${laneHeight}${area}V${laneHeight}Z`} />
        </svg>
        {starts.slice(1).map((time) => (
          <span key={time} class="start" style={{ left: place(time) }} />
        ))}
        {worker.marks.map((mark, i) => (
          <span
            key={i}
            class={`sign ${mark.kind}`}
            style={{ left: place(mark.at) }}
            title={markText(mark, from)}
          >
            {signs[mark.kind]}
          </span>
        ))}
      </span>
    </div>
  );
}

function markText({ kind, at, reason }: ReportMark, from: number): string {
  const what = t('report:timeline.at', {
    what: t(`report:mark.${kind}`),
    time: formatDuration((at - from) / 1000),
  });
  return reason === undefined ? what : t('report:timeline.reason', { what, reason });
}

function WorkerTable({ timeline: { workers } }: { readonly timeline: ReportTimeline }) {
  const all = workers.reduce((sum, { microbatches }) => sum + microbatches, 0);
  return (
    <div class="table" tabIndex={0} role="region" aria-labelledby="timeline-title">
      <table>
        <thead>
          <tr>
            <th scope="col">{t('report:timeline.worker')}</th>
            <th scope="col">{t('report:timeline.backend')}</th>
            <th scope="col">{t('report:timeline.microbatches')}</th>
            <th scope="col">{t('report:timeline.share')}</th>
            <th scope="col">{t('report:timeline.happenings')}</th>
          </tr>
        </thead>
        <tbody>
          {workers.map((worker) => (
            <tr key={worker.id}>
              <th scope="row">
                <Identity worker={worker.id} /> {worker.name}
              </th>
              <td>{worker.backend ?? ''}</td>
              <td>{formatCount(worker.microbatches)}</td>
              <td>{all > 0 ? formatPercent(worker.microbatches / all) : ''}</td>
              <td class="happenings">{happenings(worker)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What happened to it, with how often; a quarantine with its reason. */
function happenings({ marks, moreMarks }: ReportWorker): string {
  const counted = markKinds.flatMap((kind) => {
    const of = marks.filter((mark) => mark.kind === kind);
    if (of.length === 0) return [];
    const what = t(`report:mark.${kind}`);
    const { reason } = of[of.length - 1];
    const full =
      kind === 'quarantined' && reason !== undefined ? t('report:timeline.reason', { what, reason }) : what;
    return [of.length === 1 ? full : t('report:timeline.times', { what: full, times: of.length })];
  });
  const more = moreMarks > 0 ? [t('report:timeline.moreMarks', { marks: formatCount(moreMarks) })] : [];
  return [...counted, ...more].join(', ');
}
