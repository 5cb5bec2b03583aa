/** How fast the run is, how much faster than one worker, how long it will take, and what it costs the network. */
import type { ComponentChildren } from 'preact';
import { formatBytes, formatDuration, formatRate } from '@gantry/shared';
import type { RunView } from '../../run-view.ts';
import { t } from '../../text.ts';
import { Spark } from './spark.tsx';

/** Stands where something is unknown. */
const unknown = '–';

export function RunProgress({ view }: { readonly view: RunView }) {
  const { hello, progress, stepsPerSecond, rates } = view;
  if (hello === null || progress === null) return null;
  const running = progress.status === 'running';
  const { speedUp, secondsLeft } = progress;
  const now = rates.list.at(-1);
  const most = Math.max(0, ...rates.list.flatMap(({ up, down }) => [up, down]));
  const perSecond = (bytes: number | undefined): string =>
    running && bytes !== undefined ? t('now:perSecond', { amount: formatBytes(bytes) }) : unknown;
  return (
    <section class="panel run-progress" aria-label={t('now:progress')}>
      <dl>
        <Figure
          term={hello.strategy === 'local' ? t('now:rounds') : t('now:steps')}
          value={running && stepsPerSecond !== null ? formatRate(stepsPerSecond) : unknown}
        />
        <Figure term={t('now:examples')} value={running ? formatRate(progress.examplesPerSecond) : unknown} />
        <Figure
          term={t('now:speedUp')}
          explanation={t('now:speedUpMeaning')}
          value={speedUp === null ? unknown : t('now:times', { factor: formatRate(speedUp) })}
        />
        <Figure term={t('now:elapsed')} value={formatDuration(progress.secondsElapsed)} />
        {progress.status !== 'finished' && (
          <Figure term={t('now:left')} value={secondsLeft === null ? unknown : formatDuration(secondsLeft)} />
        )}
      </dl>
      <dl class="air">
        <Figure
          term={t('now:up')}
          explanation={t('now:upMeaning', { total: formatBytes(progress.bytes.up) })}
          value={perSecond(now?.up)}
        >
          <Spark values={rates.list.map(({ up }) => up)} most={most} />
        </Figure>
        <Figure
          term={t('now:down')}
          explanation={t('now:downMeaning', { total: formatBytes(progress.bytes.down) })}
          value={perSecond(now?.down)}
        >
          <Spark values={rates.list.map(({ down }) => down)} most={most} />
        </Figure>
      </dl>
    </section>
  );
}

function Figure({
  term,
  value,
  explanation,
  children,
}: {
  readonly term: string;
  readonly value: string;
  readonly explanation?: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div title={explanation}>
      <dt>{term}</dt>
      <dd>
        {value}
        {children}
      </dd>
    </div>
  );
}
