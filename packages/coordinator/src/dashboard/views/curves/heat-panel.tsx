/** A heat map with its rows named, its scale of colours, the values at the pointed iteration, and the same as a table. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { formatCount } from '@gantry/shared';
import { bucketAt, type CourseSet } from '../../course.ts';
import { chosenIteration, cursor, pointedIteration } from '../../cursor.ts';
import { TableButton } from '../../table-button.tsx';
import { t } from '../../text.ts';
import { acrossOf, drawHeatMap, iterationAt, type HeatAxis } from './heat-map.ts';
import { heatColour, heatScale, type HeatScale } from './heat-scale.ts';
import type { Look } from './look.ts';
import { placeOf } from './smoothing.ts';

export interface NamedRow {
  /** Of its series. */
  readonly name: string;
  /** In words, and as it is shown. */
  readonly label: string;
  readonly mark?: ComponentChildren;
}

export interface HeatPanelProps {
  readonly title: string;
  readonly explanation: string;
  readonly rows: readonly NamedRow[];
  readonly course: CourseSet;
  readonly look: Look;
  /** Instead of the map, where there is none. */
  readonly none: string;
  readonly controls?: ComponentChildren;
}

/** Three digits that matter. */
const format = (value: number): string =>
  value === 0 ? '0' : Math.abs(value) < 1e-3 ? value.toExponential(1) : value.toPrecision(3);

export function HeatPanel(props: HeatPanelProps) {
  const { title, explanation, rows, course, look, none, controls } = props;
  const id = useId();
  const asTable = useSignal(false);
  const pointed = cursor.value;
  const axis = axisOf(rows, course, look);
  const values = rows.map(({ name }) => course.series.get(name)?.mean ?? []);
  const scale = heatScale(values);
  return (
    <section class="panel heat-panel" aria-labelledby={id}>
      <div class="panel-head">
        <h2 id={id} title={explanation}>
          {title}
        </h2>
        <p class="quiet">
          {pointed !== null && rows.length > 0 && t('curves:iteration', { iteration: formatCount(pointed) })}
          {controls}
          <TableButton asTable={asTable} disabled={rows.length === 0} />
        </p>
      </div>
      {rows.length === 0 ? (
        <p class="quiet none">{none}</p>
      ) : asTable.value ? (
        <Table {...props} />
      ) : (
        <>
          <div class="heat" style={{ '--rows': rows.length }} tabIndex={0} role="group" aria-labelledby={id}>
            <ul class="heat-rows" aria-hidden="true">
              {rows.map(({ name, label, mark }, row) => {
                const bucket = bucketAt(course, values[row], pointed);
                const value = bucket === null ? null : values[row][bucket];
                return (
                  <li key={name} title={label}>
                    {mark}
                    <span class="heat-name">{label}</span>
                    <span class="heat-value">{value === null ? '' : format(value)}</span>
                  </li>
                );
              })}
            </ul>
            <Map title={title} values={values} scale={scale} axis={axis} pointed={pointed} />
          </div>
          <Scale scale={scale} />
        </>
      )}
    </section>
  );
}

function Map({
  title,
  values,
  scale,
  axis,
  pointed,
}: {
  readonly title: string;
  readonly values: readonly (readonly (number | null)[])[];
  readonly scale: HeatScale;
  readonly axis: HeatAxis;
  readonly pointed: number | null;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const rows = values.map((each) => ({ values: each }));
    const observer = new ResizeObserver(() => drawHeatMap(element, rows, scale, axis));
    observer.observe(element); // which also tells of the size that it has
    return () => observer.disconnect();
  });
  // What is gone tells of no pointer that leaves it.
  useEffect(() => () => void (pointedIteration.value = null), []);
  const across = pointed === null ? -1 : acrossOf(pointed, axis);
  const under = (event: MouseEvent): number => {
    const { left, width } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return Math.max(0, Math.round(iterationAt((event.clientX - left) / width, axis)));
  };
  return (
    <div
      class="heat-canvas"
      onPointerMove={(event) => (pointedIteration.value = under(event))}
      onPointerLeave={() => (pointedIteration.value = null)}
      onClick={(event) => (chosenIteration.value = under(event))}
    >
      <canvas ref={canvas} role="img" aria-label={t('curves:chart', { title })} />
      {across >= 0 && across <= 1 && <div class="pointed" style={{ left: `${100 * across}%` }} />}
    </div>
  );
}

/** As charts beside it have it. */
function axisOf(rows: readonly NamedRow[], { width, series }: CourseSet, { zoom, logX }: Look): HeatAxis {
  const length = Math.max(1, ...rows.map(({ name }) => series.get(name)?.mean.length ?? 0));
  const [from, to] = zoom ?? [placeOf(0, width, logX), length * width];
  return { width, from: logX ? Math.max(0.5, from) : from, to, logarithmic: logX };
}

function Scale({ scale: { low, high } }: { readonly scale: HeatScale }) {
  const gradient = [0, 0.25, 0.5, 0.75, 1].map((share) => `rgb(${heatColour(share).join(' ')})`).join(', ');
  return (
    <p class="heat-scale quiet" aria-hidden="true">
      <b>
        10<sup>{low}</sup>
      </b>
      <span style={{ background: `linear-gradient(to right, ${gradient})` }} />
      <b>
        10<sup>{high}</sup>
      </b>
    </p>
  );
}

/** Columns of a table: the beginning, the middle, the end. */
const mostColumns = 5;

function Table({ title, rows, course }: HeatPanelProps) {
  const length = Math.max(0, ...rows.map(({ name }) => course.series.get(name)?.mean.length ?? 0));
  const ends = Array.from({ length: mostColumns }, (_, i) =>
    Math.round(((i + 1) / mostColumns) * (length - 1)),
  );
  const buckets = [...new Set(ends)];
  return (
    <div class="table" tabIndex={0} role="region" aria-label={t('curves:tableOf', { title })}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('curves:iterationColumn')}</th>
            {buckets.map((bucket) => (
              <th scope="col" key={bucket}>
                {formatCount(bucket * course.width)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, label }) => {
            const { mean = [] } = course.series.get(name) ?? {};
            return (
              <tr key={name}>
                <th scope="row">{label}</th>
                {buckets.map((bucket) => {
                  const at = bucketAt(course, mean, bucket * course.width);
                  const value = at === null ? null : mean[at];
                  return <td key={bucket}>{value === null ? '' : format(value)}</td>;
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
