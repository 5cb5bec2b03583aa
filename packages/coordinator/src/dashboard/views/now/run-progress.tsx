/** How far the run is, how fast, and what it costs the network. */
import { formatBytes, formatCount, formatDuration, formatPercent, formatRate } from '@gantry/shared';
import type { RunView } from '../../run-view.ts';
import { t } from '../../text.ts';

export function RunProgress({ view }: { readonly view: RunView }) {
  const { hello, progress, stepsPerSecond } = view;
  if (hello === null || progress === null) return null;
  const running = progress.status === 'running';
  const done = progress.iteration / hello.iterations;
  const left =
    progress.status === 'finished'
      ? null
      : progress.secondsLeft === null
        ? '–'
        : formatDuration(progress.secondsLeft);
  const figures: readonly (readonly [string, string])[] = [
    [t('now:version'), formatCount(progress.version)],
    [
      hello.strategy === 'local' ? t('now:rounds') : t('now:steps'),
      running && stepsPerSecond !== null ? formatRate(stepsPerSecond) : '–',
    ],
    [t('now:examples'), running ? formatRate(progress.examplesPerSecond) : '–'],
    [t('now:elapsed'), formatDuration(progress.secondsElapsed)],
    ...(left === null ? [] : [[t('now:left'), left] as const]),
    [t('now:up'), formatBytes(progress.bytes.up)],
    [t('now:down'), formatBytes(progress.bytes.down)],
  ];
  return (
    <section class="run-progress" aria-label={t('now:progress')}>
      <div class="iterations">
        <label for="iterations">
          {t('now:iteration')} <strong>{formatCount(progress.iteration)}</strong>{' '}
          {t('now:of', { count: formatCount(hello.iterations) })}
          <span class="quiet"> · {formatPercent(done)}</span>
        </label>
        <progress id="iterations" max={hello.iterations} value={progress.iteration} />
      </div>
      <dl>
        {figures.map(([term, value]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
