/** Both losses: a chart, a legend with the values under the pointer (else the latest), and a table. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { formatCount } from '@gantry/shared';
import { t } from '../../text.ts';
import { createLossChart, type LossChart, type Reading } from './chart.ts';
import { spread, type LossHistory } from './history.ts';

export function Losses({ history }: { readonly history: LossHistory }) {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<LossChart | null>(null);
  const pointed = useSignal<Reading | null>(null);
  const asTable = useSignal(false);

  useEffect(() => {
    if (host.current === null) return;
    chart.current = createLossChart(host.current, (reading) => (pointed.value = reading));
    return () => chart.current?.destroy();
  }, [pointed]);
  useEffect(() => chart.current?.show(history), [history]);

  const last = history.iteration.length - 1;
  const shown =
    pointed.value ??
    (last < 0
      ? null
      : {
          iteration: history.iteration[last],
          discriminator: history.discriminator[last],
          generator: history.generator[last],
        });
  return (
    <section class="panel losses" aria-labelledby="losses-title">
      <div class="panel-head">
        <h2 id="losses-title">{t('curves:losses')}</h2>
        <p class="quiet">
          {shown === null
            ? t('curves:none')
            : t('curves:iteration', { iteration: formatCount(shown.iteration) })}{' '}
          <button
            type="button"
            class="link"
            aria-pressed={asTable.value}
            onClick={() => (asTable.value = !asTable.value)}
          >
            {t('common:table')}
          </button>
        </p>
      </div>
      <div class="legend">
        <p>
          <span class="stroke discriminator" aria-hidden="true" /> {t('common:phase.discriminator')}{' '}
          <strong>{shown?.discriminator.toFixed(3) ?? ''}</strong>
        </p>
        <p>
          <span class="stroke generator" aria-hidden="true" /> {t('common:phase.generator')}{' '}
          <strong>{shown?.generator.toFixed(3) ?? ''}</strong>
        </p>
      </div>
      <div class="chart" ref={host} hidden={asTable.value} role="img" aria-label={t('curves:chart')} />
      {asTable.value && <LossTable history={history} />}
    </section>
  );
}

function LossTable({ history }: { readonly history: LossHistory }) {
  return (
    <div class="table" tabIndex={0} role="region" aria-label={t('curves:tableOf')}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('curves:iterationColumn')}</th>
            <th scope="col">{t('common:phase.discriminator')}</th>
            <th scope="col">{t('common:phase.generator')}</th>
          </tr>
        </thead>
        <tbody>
          {spread(history.iteration.length, 20)
            .toReversed()
            .map((index) => (
              <tr key={index}>
                <th scope="row">{formatCount(history.iteration[index])}</th>
                <td>{history.discriminator[index].toFixed(3)}</td>
                <td>{history.generator[index].toFixed(3)}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}
