/** What the run came to, in numbers. */
import { formatBytes, formatCount, formatDuration } from '@gantry/shared';
import { language } from '@gantry/shared/page';
import type { ReportData } from '../data.ts';
import { t } from './text.ts';

export function Figures({ data: { config, figures } }: { readonly data: ReportData }) {
  const { began, seconds, iterations, steps, bytes, workers, leases, parametersChecksum } = figures;
  const known = <T,>(value: T | null | undefined, format: (value: T) => string): string =>
    value === null || value === undefined ? t('report:figures.unknown') : format(value);
  const done = { done: formatCount(iterations), all: formatCount(config.schedule.iterations) };
  const rows: readonly (readonly [name: string, value: string])[] = [
    [t('report:figures.preset'), config.preset],
    [t('report:figures.seed'), String(config.seed)],
    [t('report:figures.began'), known(began, dateText)],
    [t('report:figures.duration'), known(seconds, formatDuration)],
    [t('report:figures.iterations'), t('report:figures.of', done)],
    [t('report:figures.steps'), known(steps, formatCount)],
    [t('report:figures.bytesUp'), known(bytes?.up, formatBytes)],
    [t('report:figures.bytesDown'), known(bytes?.down, formatBytes)],
    [t('report:figures.workers'), known(workers?.joined, formatCount)],
    [t('report:figures.workersLost'), known(workers?.lost, formatCount)],
    [t('report:figures.quarantined'), known(workers?.quarantined, formatCount)],
    [t('report:figures.leases'), known(leases?.granted, formatCount)],
    [t('report:figures.leasesCompleted'), known(leases?.completed, formatCount)],
    [t('report:figures.leasesLost'), known(leases?.expired, formatCount)],
    [t('report:figures.leasesRejected'), known(leases?.rejected, formatCount)],
    [t('report:figures.checksum'), known(parametersChecksum, String)],
  ];
  return (
    <section class="panel" aria-labelledby="figures-title">
      <div class="panel-head">
        <h2 id="figures-title">{t('report:figures.title')}</h2>
      </div>
      <dl class="figures">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt class="quiet">{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

const dateText = (time: number): string =>
  new Date(time).toLocaleString(language.value === 'zh' ? 'zh-CN' : 'en-GB', {
    dateStyle: 'medium',
    timeStyle: 'short',
  });
