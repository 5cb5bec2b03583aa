/** A chart of lines of cells; and the same as a table. */
import { useSignal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';
import { valueRange } from '../../../dashboard/views/curves/smoothing.ts';
import { cellLook } from './cell-look.ts';
import { thinned } from '../curve.ts';
import { drawLines } from './lines-chart.ts';
import { t } from './text.ts';
import { formatNumber } from './words.ts';

/** By place on the x axis. */
export interface CellLine {
  readonly cell: number;
  readonly label: string;
  readonly x: readonly number[];
  readonly low: readonly (number | null)[];
  readonly middle: readonly (number | null)[];
  readonly high: readonly (number | null)[];
}

export interface ChartProps {
  readonly title: string;
  /** In words, of what is across. */
  readonly across: string;
  readonly lines: readonly CellLine[];
  readonly base: number;
  readonly logarithmic: boolean;
  /** The outermost 1% may be cut off: a few spikes must not press the rest flat. */
  readonly clipped: boolean;
  readonly formatX: (value: number) => string;
}

/** Rows of a cell in the table. */
const mostRows = 8;

export function Chart({ title, across, lines, base, logarithmic, clipped, formatX }: ChartProps) {
  const id = useId();
  const host = useRef<HTMLDivElement>(null);
  const asTable = useSignal(false);
  useEffect(() => {
    if (host.current === null || asTable.value) return;
    // A logarithmic axis has no place for what is not positive.
    const fit = (values: readonly (number | null)[]): (number | null)[] =>
      values.map((value) => (logarithmic && value !== null && value <= 0 ? null : value));
    const fitted = lines.map((line) => ({
      ...cellLook(line.cell),
      thick: line.cell === base,
      x: line.x,
      low: fit(line.low),
      middle: fit(line.middle),
      high: fit(line.high),
    }));
    const all = fitted.flatMap(({ low, middle, high }) => [...low, ...middle, ...high]);
    return drawLines(host.current, fitted, {
      logarithmic,
      formatX,
      formatY: formatNumber,
      range: valueRange(all, clipped ? [] : all, logarithmic),
    });
  }, [lines, logarithmic, clipped, asTable.value, formatX]);
  return (
    <div class="lines">
      <div class="panel-head">
        <h3 id={id}>{title}</h3>
        <button
          type="button"
          class="link screen"
          aria-pressed={asTable.value}
          onClick={() => (asTable.value = !asTable.value)}
        >
          {t('lab:table')}
        </button>
      </div>
      <div
        class="chart"
        ref={host}
        hidden={asTable.value}
        role="img"
        aria-label={t('lab:curves.chart', { what: title, over: across })}
      />
      {asTable.value && <LinesTable titleId={id} across={across} lines={lines} formatX={formatX} />}
    </div>
  );
}

function LinesTable({
  titleId,
  across,
  lines,
  formatX,
}: Pick<ChartProps, 'across' | 'lines' | 'formatX'> & { readonly titleId: string }) {
  return (
    <div class="table" tabIndex={0} role="region" aria-labelledby={titleId}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('lab:comparison.cell')}</th>
            <th scope="col">{across}</th>
            <th scope="col">{t('lab:comparison.spread')}</th>
          </tr>
        </thead>
        <tbody>
          {lines.flatMap(({ label, x, low, middle, high }) => {
            const told = middle.flatMap((value, i) => (value === null ? [] : [i]));
            return thinned(told, mostRows).map((i) => (
              <tr key={`${label} ${i}`}>
                <th scope="row">{label}</th>
                <td>{formatX(x[i])}</td>
                <td>{spreadText(low[i], middle[i], high[i])}</td>
              </tr>
            ));
          })}
        </tbody>
      </table>
    </div>
  );
}

function spreadText(low: number | null, middle: number | null, high: number | null): string {
  if (middle === null) return '';
  if (low === null || high === null || low === high) return formatNumber(middle);
  return `${formatNumber(middle)} (${t('lab:interval', { low: formatNumber(low), high: formatNumber(high) })})`;
}
