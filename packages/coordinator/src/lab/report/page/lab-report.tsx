import { LanguagePicker } from '@gantry/shared/page';
import type { LabReportData } from '../data.ts';
import { Answer } from './answer.tsx';
import { CellsTable } from './cells-table.tsx';
import { Comparison } from './comparison.tsx';
import { Curves } from './curves.tsx';
import { Repeat } from './repeat.tsx';
import { Sheets } from './sheets.tsx';
import { t } from './text.ts';

export function LabReport({ data }: { readonly data: LabReportData }) {
  return (
    <div class="page report lab">
      <header class="top">
        <div class="headline">
          <h1>{data.question}</h1>
          <p class="quiet">
            {t('lab:size', { cells: data.cells.length, name: data.name, seeds: data.seeds.length })}
          </p>
        </div>
        <LanguagePicker label={t('lab:language')} />
        <p class="brand">{t('lab:title')} · Gantry</p>
      </header>
      <main>
        <Answer data={data} />
        <Comparison data={data} />
        <CellsTable data={data} />
        <Curves data={data} />
        <Sheets cells={data.cells} seed={data.seeds[0]} />
        <Repeat data={data} />
      </main>
    </div>
  );
}
