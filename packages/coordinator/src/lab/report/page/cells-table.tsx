/** A row a cell: how it ended, what was detected, what it cost. */
import { formatCount } from '@gantry/shared';
import { Identity } from '@gantry/shared/page';
import type { LabReportData, ReportCell } from '../data.ts';
import { t } from './text.ts';
import { formatQuantity, quantityName } from './words.ts';

const shown = [
  'targetSeconds',
  'targetBytes',
  'seconds',
  'examplesPerSecond',
  'speedUp',
  'stepMilliseconds',
  'stepMillisecondsP95',
  'bytesUp',
  'bytesDown',
  'leasesExpired',
];

export function CellsTable({ data: { cells, quantities, seeds, chief } }: { readonly data: LabReportData }) {
  const columns = quantities.filter(
    ({ name }) => name === chief || shown.includes(name) || name.startsWith('busy/'),
  );
  return (
    <section class="panel" aria-labelledby="cells-title">
      <div class="panel-head">
        <h2 id="cells-title">{t('lab:cells.title')}</h2>
      </div>
      <p class="quiet">{t('lab:cells.explanation')}</p>
      <div class="table" tabIndex={0} role="region" aria-label={t('lab:cells.table')}>
        <table class="cells">
          <thead>
            <tr>
              <th scope="col">{t('lab:comparison.cell')}</th>
              <th scope="col" class="words">
                {t('lab:cells.outcome')}
              </th>
              <th scope="col" class="words">
                {t('lab:cells.detected')}
              </th>
              <th scope="col">{t('lab:cells.machines')}</th>
              {columns.map(({ name }) => (
                <th scope="col" key={name}>
                  {quantityName(name)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {cells.map((cell, index) => (
              <tr key={cell.label}>
                <th scope="row">
                  <Identity worker={index} /> {cell.label}
                </th>
                <td class="words">{outcomeText(cell, seeds.length)}</td>
                <td class="words detected">{detectedText(cell, seeds.length)}</td>
                <td>{formatCount(cell.machines)}</td>
                {columns.map(({ name, kind, cells: of }) => {
                  const { spread } = of[index];
                  return <td key={name}>{spread === null ? '' : formatQuantity(kind, spread.median)}</td>;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const ofSeeds = (what: string, seeds: number, all: number): string =>
  seeds === all ? what : t('lab:cells.ofSeeds', { what, seeds, all });

const outcomeText = ({ outcomes }: ReportCell, all: number): string =>
  outcomes
    .map(({ outcome, seeds }) => ofSeeds(t(`lab:cells.outcomes.${outcome}`), seeds.length, all))
    .join(', ');

function detectedText({ detected }: ReportCell, all: number): string {
  const texts = detected.map(({ kind, at }) => {
    const iteration = formatCount(Math.min(...at.map((one) => one.iteration)));
    return ofSeeds(t('lab:cells.at', { what: t(`lab:cells.kinds.${kind}`), iteration }), at.length, all);
  });
  return texts.join(', ') || t('lab:cells.nothing');
}
