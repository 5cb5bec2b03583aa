/** The figure: each cell's seeds and median, and how far it is from the base. A table whose pictures repeat its numbers. */
import { useSignal } from '@preact/signals';
import { Identity } from '@gantry/shared/page';
import type { LabReportData } from '../data.ts';
import type { Against, Quantity, QuantityOfCell } from '../quantities.ts';
import { placed, rangeOf, ticksOf, type Range } from './scale.ts';
import { t } from './text.ts';
import { formatAgainst, formatInterval, formatQuantity, quantityName } from './words.ts';

export function Comparison({ data }: { readonly data: LabReportData }) {
  const { quantities, cells, base, chief, seeds } = data;
  const chosen = useSignal(chief);
  const quantity = quantities.find(({ name }) => name === chosen.value) ?? quantities.at(0);
  if (quantity === undefined) return null;
  const values = rangeOf(quantity.cells.flatMap((each) => each.values));
  const neutral = quantity.compared === 'ratio' ? 1 : 0;
  const differences = rangeOf([
    neutral,
    ...quantity.cells.flatMap(({ against }) => reachOf(against, quantity)),
  ]);
  const compared = cells.length > 1;
  return (
    <section class="panel comparison" aria-labelledby="comparison-title">
      <div class="panel-head">
        <h2 id="comparison-title">{t('lab:comparison.title')}</h2>
        <label class="screen">
          {t('lab:comparison.measure')}
          <select value={quantity.name} onChange={(event) => (chosen.value = event.currentTarget.value)}>
            {quantities.map(({ name }) => (
              <option key={name} value={name}>
                {quantityName(name)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <p>
        <strong>{quantityName(quantity.name)}</strong>
        {quantity.better !== null && <> · {t(`lab:comparison.${quantity.better}`)}</>}
      </p>
      <table class="forest">
        <thead>
          <tr>
            <th scope="col">{t('lab:comparison.cell')}</th>
            <th scope="col" class="track-head">
              {t('lab:comparison.values')}
            </th>
            <th scope="col">{t('lab:comparison.spread')}</th>
            {compared && (
              <>
                <th scope="col" class="track-head">
                  {t(`lab:comparison.${quantity.compared}`)}
                </th>
                <th scope="col">{t('lab:comparison.size')}</th>
              </>
            )}
          </tr>
        </thead>
        <tbody>
          {quantity.cells.map((of, index) => (
            <tr key={cells[index].label} class={index === base && compared ? 'base' : ''}>
              <th scope="row">
                <Identity worker={index} /> {cells[index].label}
                {index === base && compared && <em> {t('lab:base')}</em>}
              </th>
              <td class="track-cell">
                <Values of={of} range={values} base={quantity.cells[base]} />
              </td>
              <td data-label={t('lab:comparison.spread')}>{spreadText(quantity, of)}</td>
              {compared && (
                <>
                  <td class="track-cell">
                    {index !== base && (
                      <Difference
                        against={of.against}
                        range={differences}
                        neutral={neutral}
                        quantity={quantity}
                      />
                    )}
                  </td>
                  <td data-label={t('lab:comparison.size')}>
                    {index === base ? '' : againstText(quantity, of.against)}
                  </td>
                </>
              )}
            </tr>
          ))}
        </tbody>
        <tfoot aria-hidden="true">
          <tr>
            <td />
            <td class="track-cell">
              <Axis range={values} format={(value) => formatQuantity(quantity.kind, value)} />
            </td>
            <td />
            {compared && (
              <>
                <td class="track-cell">
                  <Axis range={differences} format={(value) => formatAgainst(quantity, value)} />
                </td>
                <td />
              </>
            )}
          </tr>
        </tfoot>
      </table>
      <p class="quiet">{t('lab:comparison.how', { count: seeds.length })}</p>
    </section>
  );
}

/** What a difference takes up of its axis. An interval of two or three seeds may be far wider than any difference: it is cut off. */
function reachOf(against: Against | null, { cells }: Quantity): number[] {
  if (against === null) return [];
  const largest = Math.max(...cells.map((cell) => Math.abs(cell.against?.mean ?? 0)), 1e-12);
  const { mean, interval } = against;
  const most = 4 * largest;
  return [mean, ...(interval === null ? [] : [Math.max(-most, interval.low), Math.min(most, interval.high)])];
}

function spreadText({ kind }: Quantity, { spread }: QuantityOfCell): string {
  if (spread === null) return t('lab:comparison.none');
  const { n, median, least, greatest } = spread;
  const format = (value: number): string => formatQuantity(kind, value);
  return n === 1
    ? format(median)
    : `${format(median)} (${t('lab:interval', { low: format(least), high: format(greatest) })})`;
}

function againstText(quantity: Quantity, against: Against | null): string {
  if (against === null) return t('lab:comparison.none');
  const by = formatAgainst(quantity, against.mean);
  return against.interval === null
    ? t('lab:comparison.noInterval', { by })
    : `${by} (${formatInterval(quantity, against.interval)})`;
}

/** Of an SVG whose width is that of its place: across in per cent, upright in pixels. */
const percent = (share: number): string => `${(100 * share).toFixed(2)}%`;

function Values({
  of: { values, spread },
  base,
  range,
}: {
  readonly of: QuantityOfCell;
  readonly base: QuantityOfCell;
  readonly range: Range;
}) {
  const x = (value: number): string => percent(placed(range, value));
  return (
    <svg class="track" aria-hidden="true">
      {base.spread !== null && <line class="reference" {...upright(x(base.spread.median), 0, 24)} />}
      {spread !== null && (
        <>
          <line class="whole" x1={x(spread.least)} x2={x(spread.greatest)} y1="12" y2="12" />
          {values.map((value, seed) =>
            value === null ? null : <circle key={seed} class="seed" cx={x(value)} cy="12" r="3.5" />,
          )}
          <line class="median" {...upright(x(spread.median), 3, 21)} />
        </>
      )}
    </svg>
  );
}

function Difference({
  against,
  range,
  neutral,
  quantity,
}: {
  readonly against: Against | null;
  readonly range: Range;
  readonly neutral: number;
  readonly quantity: Quantity;
}) {
  const x = (value: number): string => percent(placed(range, value));
  const clear = against?.verdict === 'above' || against?.verdict === 'below';
  const good = clear && (against.verdict === 'above') === (quantity.better === 'more');
  const tone = !clear || quantity.better === null ? 'open' : good ? 'good' : 'bad';
  return (
    <svg class={`track ${tone}`} aria-hidden="true">
      <line class="reference" {...upright(x(neutral), 0, 24)} />
      {against?.interval && (
        <>
          <line class="whole" x1={x(against.interval.low)} x2={x(against.interval.high)} y1="12" y2="12" />
          <line class="end" {...upright(x(against.interval.low), 7, 17)} />
          <line class="end" {...upright(x(against.interval.high), 7, 17)} />
        </>
      )}
      {against && <circle class={clear ? 'mean clear' : 'mean'} cx={x(against.mean)} cy="12" r="5" />}
    </svg>
  );
}

const upright = (x: string, y1: number, y2: number) => ({ x1: x, x2: x, y1, y2 });

function Axis({ range, format }: { readonly range: Range; readonly format: (value: number) => string }) {
  return (
    <div class="scale">
      {ticksOf(range, 4).map((tick) => (
        <span key={tick} style={{ left: percent(placed(range, tick)) }}>
          {format(tick)}
        </span>
      ))}
    </div>
  );
}
