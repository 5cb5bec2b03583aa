import { LanguagePicker } from '@gantry/shared/page';
import type { ReportData } from '../data.ts';
import { Configuration } from './configuration.tsx';
import { Figures } from './figures.tsx';
import { Samples } from './samples.tsx';
import { t } from './text.ts';
import { Timeline } from './timeline.tsx';

export function Report({ data }: { readonly data: ReportData }) {
  const { name, outcome, damagedLines } = data;
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
        <Timeline timeline={data.timeline} />
        <Configuration config={data.config} />
      </main>
    </div>
  );
}
