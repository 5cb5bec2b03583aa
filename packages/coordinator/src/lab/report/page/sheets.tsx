/** Sample sheets of all cells side by side, along their runs. */
import { useSignal } from '@preact/signals';
import { formatCount } from '@gantry/shared';
import { Identity } from '@gantry/shared/page';
import type { ReportCell } from '../data.ts';
import { t } from './text.ts';

export function Sheets({ cells, seed }: { readonly cells: readonly ReportCell[]; readonly seed: number }) {
  const most = Math.max(...cells.map(({ sheets }) => sheets.length));
  const at = useSignal(most - 1);
  return (
    <section class="panel sheets" aria-labelledby="sheets-title">
      <div class="panel-head">
        <h2 id="sheets-title">{t('lab:sheets.title')}</h2>
        <p class="quiet">{most === 0 ? t('lab:sheets.none') : t('lab:sheets.seed', { seed })}</p>
      </div>
      {most > 1 && (
        <div class="scrubber screen">
          <input
            type="range"
            aria-label={t('lab:sheets.scrubber')}
            min={0}
            max={most - 1}
            value={at.value}
            onInput={(event) => (at.value = Number(event.currentTarget.value))}
          />
        </div>
      )}
      <div class="sheet-grid">
        {cells.map(({ label, sheets }, index) => {
          // A run that ended early has fewer: its last one stays.
          const sheet = sheets.at(Math.min(at.value, sheets.length - 1));
          if (sheet === undefined) return null;
          const iteration = formatCount(sheet.iteration);
          return (
            <figure key={label}>
              <img
                class="picture"
                src={sheet.image}
                alt={t('lab:sheets.image', { cell: label, iteration })}
              />
              <figcaption>
                <Identity worker={index} /> {label}
                <span class="quiet"> {t('lab:sheets.iteration', { iteration })}</span>
              </figcaption>
            </figure>
          );
        })}
      </div>
    </section>
  );
}
