/** Whose line is which; a press draws it, or not. */
import type { Signal } from '@preact/signals';
import { Identity } from '@gantry/shared/page';
import type { ReportCell } from '../data.ts';
import { cellLook } from './cell-look.ts';
import { t } from './text.ts';

export function CellLegend({
  cells,
  base,
  shown,
}: {
  readonly cells: readonly ReportCell[];
  readonly base: number;
  readonly shown: Signal<ReadonlySet<number>>;
}) {
  const toggle = (index: number): void => {
    const next = new Set(shown.value);
    if (!next.delete(index)) next.add(index);
    shown.value = next;
  };
  return (
    <ul class="cell-legend">
      {cells.map(({ label }, index) => {
        const { colour, dash } = cellLook(index);
        const width = index === base ? 4 : 2.5;
        return (
          <li key={label} class={shown.value.has(index) ? '' : 'off'}>
            <button type="button" aria-pressed={shown.value.has(index)} onClick={() => toggle(index)}>
              <Identity worker={index} />
              <svg class="line-sample" viewBox="0 0 40 8" aria-hidden="true">
                <line
                  x1="0"
                  x2="40"
                  y1="4"
                  y2="4"
                  stroke={colour}
                  stroke-width={width}
                  stroke-dasharray={dash.map((length) => length * width).join(' ')}
                />
              </svg>
              {label}
              {index === base && cells.length > 1 && <em> {t('lab:base')}</em>}
            </button>
          </li>
        );
      })}
    </ul>
  );
}
