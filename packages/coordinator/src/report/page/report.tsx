import { useMemo } from 'preact/hooks';
import { LanguagePicker } from '@gantry/shared/page';
import { emptyCourse, hearSeries } from '../../dashboard/course.ts';
import { Curves } from '../../dashboard/views/curves/curves-view.tsx';
import type { ReportData } from '../data.ts';
import { Configuration } from './configuration.tsx';
import { Figures } from './figures.tsx';
import { Samples } from './samples.tsx';
import { t } from './text.ts';
import { Timeline } from './timeline.tsx';

export function Report({ data }: { readonly data: ReportData }) {
  const { name, outcome, damagedLines } = data;
  const [curves, maps] = useMemo(() => [courseOf(data, 'curves'), courseOf(data, 'maps')], [data]);
  return (
    <div class="page report">
      <header class="top">
        <div class="headline">
          <h1>{name}</h1>
          <p class="quiet">{t(`report:outcome.${outcome ?? 'open'}`)}</p>
        </div>
        <LanguagePicker label={t('report:language')} />
        <p class="brand">{t('report:title')} · Gantry</p>
      </header>
      <main>
        {damagedLines > 0 && <p class="stopped">{t('report:damaged', { count: damagedLines })}</p>}
        <div class="first">
          <Figures data={data} />
          <Samples sheets={data.sheets} />
        </div>
        <section aria-label={t('report:curves.title')}>
          <Curves
            curves={curves}
            maps={maps}
            last={data.figures.iterations}
            workers={data.timeline.workers}
          />
        </section>
        <Timeline timeline={data.timeline} />
        <Configuration config={data.config} altered={data.altered} />
      </main>
    </div>
  );
}

/** As the presenter's page keeps it, of which the charts are. */
const courseOf = ({ course }: ReportData, set: 'curves' | 'maps') =>
  hearSeries(emptyCourse, { type: 'series', set, whole: true, ...course[set] });
