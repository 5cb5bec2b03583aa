/** How far the run is, how fast, and what it costs the network. */
import { formatBytes, formatCount, formatDuration, formatPercent, formatRate } from '@gantry/shared';
import type { RunView } from './run-view.ts';

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
    ['Version', formatCount(progress.version)],
    [
      hello.strategy === 'local' ? 'Rounds/s' : 'Steps/s',
      running && stepsPerSecond !== null ? formatRate(stepsPerSecond) : '–',
    ],
    ['Examples/s', running ? formatRate(progress.examplesPerSecond) : '–'],
    ['Elapsed', formatDuration(progress.secondsElapsed)],
    ...(left === null ? [] : [['Left', left] as const]),
    ['Up', formatBytes(progress.bytes.up)],
    ['Down', formatBytes(progress.bytes.down)],
  ];
  return (
    <section class="run-progress" aria-label="Progress of the run">
      <div class="iterations">
        <label for="iterations">
          Iteration <strong>{formatCount(progress.iteration)}</strong> of {formatCount(hello.iterations)}
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
