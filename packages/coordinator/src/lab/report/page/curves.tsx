/** Measures over iterations, time and bytes; and the losses of the first seed. */
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { formatBytes, formatCount } from '@gantry/shared';
import type { CurvePoint, LabReportData, Losses } from '../data.ts';
import { Chart, type CellLine } from './chart.tsx';
import { CellLegend } from './cell-legend.tsx';
import { firstShown } from './first-shown.ts';
import { t } from './text.ts';
import { formatQuantity, quantityName } from './words.ts';

const axes = ['iteration', 'seconds', 'bytes'] as const;
type Axis = (typeof axes)[number];

const formats: Readonly<Record<Axis, (value: number) => string>> = {
  iteration: formatCount,
  seconds: (value) => formatQuantity('seconds', value),
  bytes: formatBytes,
};

export function Curves({ data }: { readonly data: LabReportData }) {
  const { cells, measures, seeds, base } = data;
  const measure = useSignal(data.chief);
  const across = useSignal<Axis>('iteration');
  const logarithmic = useSignal(false);
  const first = useMemo(() => firstShown(data), [data]);
  const shown = useSignal(first);
  const [lines, discriminator, generator] = useMemo(() => {
    const drawn = cells.flatMap((cell, index) => (shown.value.has(index) ? [{ ...cell, index }] : []));
    return [
      drawn.map(({ index, label, curve }) => lineOf(index, label, curve, measure.value ?? '', across.value)),
      ...(['discriminator', 'generator'] as const).map((network) =>
        drawn.flatMap(({ index, label, losses }) =>
          losses === null ? [] : [lossLine(index, label, losses, network)],
        ),
      ),
    ];
  }, [shown.value, measure.value, across.value]);
  return (
    <section class="panel curves" aria-labelledby="curves-title">
      <div class="panel-head">
        <h2 id="curves-title">{t('lab:curves.title')}</h2>
        <form class="curve-controls screen" onSubmit={(event) => event.preventDefault()}>
          <label>
            {t('lab:comparison.measure')}
            <select
              value={measure.value ?? ''}
              onChange={(event) => (measure.value = event.currentTarget.value)}
            >
              {measures.map((name) => (
                <option key={name} value={name}>
                  {quantityName(name)}
                </option>
              ))}
            </select>
          </label>
          <label>
            {t('lab:curves.over')}
            <select
              value={across.value}
              onChange={(event) => (across.value = event.currentTarget.value as Axis)}
            >
              {axes.map((axis) => (
                <option key={axis} value={axis}>
                  {t(`lab:curves.x.${axis}`)}
                </option>
              ))}
            </select>
          </label>
          <label>
            <input
              type="checkbox"
              checked={logarithmic.value}
              onChange={() => (logarithmic.value = !logarithmic.value)}
            />
            {t('lab:curves.logarithmic')}
          </label>
        </form>
      </div>
      <CellLegend cells={cells} base={base} shown={shown} />
      {cells.length > 1 && (
        <p class="quiet screen">{t(first.size < cells.length ? 'lab:curves.some' : 'lab:curves.toggle')}</p>
      )}
      {measure.value === null ? (
        <p class="quiet">{t('lab:curves.none')}</p>
      ) : (
        <>
          <Chart
            title={quantityName(measure.value)}
            across={t(`lab:curves.columns.${across.value}`)}
            lines={lines}
            base={base}
            logarithmic={logarithmic.value}
            clipped={false}
            formatX={formats[across.value]}
          />
          <p class="quiet">{t('lab:curves.band', { count: seeds.length })}</p>
        </>
      )}
      <div class="losses">
        {[
          { title: t('lab:curves.discriminator'), of: discriminator },
          { title: t('lab:curves.generator'), of: generator },
        ].map(({ title, of }) => (
          <Chart
            key={title}
            title={title}
            across={t('lab:curves.columns.iteration')}
            lines={of}
            base={base}
            logarithmic={logarithmic.value}
            clipped
            formatX={formatCount}
          />
        ))}
      </div>
      <p class="quiet">{t('lab:curves.lossesOf', { seed: seeds[0] })}</p>
    </section>
  );
}

function lineOf(
  cell: number,
  label: string,
  curve: readonly CurvePoint[],
  measure: string,
  across: Axis,
): CellLine {
  const part = (i: 0 | 1 | 2): (number | null)[] =>
    curve.map(({ measures }) => (measure in measures ? measures[measure][i] : null));
  return {
    cell,
    label,
    x: curve.map((point) => point[across]),
    low: part(0),
    middle: part(1),
    high: part(2),
  };
}

function lossLine(
  cell: number,
  label: string,
  losses: Losses,
  network: 'discriminator' | 'generator',
): CellLine {
  const middle = losses[network];
  const none = middle.map(() => null);
  return { cell, label, x: middle.map((_, bucket) => bucket * losses.width), low: none, middle, high: none };
}
