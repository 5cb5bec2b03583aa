/** How far the run is. */
import { formatCount, formatPercent } from '@gantry/shared';
import type { Tab } from './tab.ts';
import { t } from './text.ts';

export function RunProgress({ tab }: { readonly tab: Tab }) {
  const { iteration, iterations } = tab.status.value;
  if (iterations === 0) return null;
  return (
    <section class="card">
      <div class="labelled">
        <label for="progress">{t('page:progress.iterations')}</label>
        <span>
          <strong>{formatCount(iteration)}</strong> {t('page:progress.of', { all: formatCount(iterations) })}
          <span class="quiet"> · {formatPercent(iteration / iterations)}</span>
        </span>
      </div>
      <progress id="progress" max={iterations} value={iteration} />
    </section>
  );
}
