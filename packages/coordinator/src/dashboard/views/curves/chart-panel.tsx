/** A chart with its legend, which tells values at the pointed iteration, else the latest; and the same as a table. */
import { useSignal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';
import { formatCount } from '@gantry/shared';
import { bucketAt, type CourseSet } from '../../course.ts';
import { chosenIteration, cursor, pointedIteration } from '../../cursor.ts';
import { TableButton } from '../../table-button.tsx';
import { t } from '../../text.ts';
import { createLineChart, type Line, type LineChart } from './line-chart.ts';
import { setLook, type Look } from './look.ts';
import { spread } from './smoothing.ts';

export interface NamedLine extends Line {
  readonly label: string;
}

export interface ChartPanelProps {
  readonly title: string;
  readonly lines: readonly NamedLine[];
  readonly course: CourseSet;
  readonly look: Look;
  /** What the values are, in words. */
  readonly explanation?: string;
  readonly bounds?: readonly [number, number];
  readonly format?: (value: number) => string;
}

/** Rows of a table. */
const mostRows = 20;
const threeDecimals = (value: number): string => value.toFixed(3);

export function ChartPanel({
  title,
  lines,
  course,
  look,
  explanation,
  bounds,
  format = threeDecimals,
}: ChartPanelProps) {
  const id = useId();
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<LineChart | null>(null);
  const asTable = useSignal(false);
  const names = lines.map(({ name }) => name).join(' ');

  useEffect(() => {
    if (host.current === null) return;
    chart.current = createLineChart(host.current, {
      lines,
      bounds: bounds ?? null,
      pointed: (iteration) => (pointedIteration.value = iteration),
      chosen: (iteration) => (chosenIteration.value = iteration),
      zoomed: (zoom) => setLook({ zoom }),
    });
    const stop = cursor.subscribe((iteration) => chart.current?.point(iteration));
    return () => {
      stop();
      chart.current?.destroy();
      pointedIteration.value = null; // what is gone tells of no pointer that leaves it
    };
    // Lines are made anew with each drawing of the view, and are the same while their names are.
  }, [names]);
  useEffect(() => chart.current?.show(course, look), [course, look, names]);

  const has = lines.some(({ name }) => course.series.has(name));
  const pointed = cursor.value;
  return (
    <section class="panel chart-panel" aria-labelledby={id}>
      <div class="panel-head">
        <h2 id={id} title={explanation}>
          {title}
        </h2>
        <p class="quiet">
          {!has
            ? t('curves:none')
            : pointed !== null && t('curves:iteration', { iteration: formatCount(pointed) })}{' '}
          <TableButton asTable={asTable} />
        </p>
      </div>
      <Legend lines={lines} course={course} pointed={pointed} format={format} />
      <div
        class="chart"
        ref={host}
        hidden={asTable.value}
        role="img"
        aria-label={t('curves:chart', { title })}
        onDblClick={() => {
          setLook({ zoom: null });
          chosenIteration.value = null;
        }}
      />
      {asTable.value && <Table title={title} lines={lines} course={course} format={format} />}
    </section>
  );
}

type Part = Required<Pick<ChartPanelProps, 'lines' | 'course' | 'format'>>;

function Legend({ lines, course, pointed, format }: Part & { readonly pointed: number | null }) {
  return (
    <div class="legend">
      {lines.map(({ name, label, colour, dashed }) => {
        const { mean = [] } = course.series.get(name) ?? {};
        const bucket = bucketAt(course, mean, pointed);
        const value = bucket === null ? null : mean[bucket];
        return (
          <p key={name}>
            <span
              class={`stroke ${dashed ? 'dashed' : ''}`}
              style={{ borderColor: `var(${colour})` }}
              aria-hidden="true"
            />{' '}
            {label} <strong>{value === null ? '' : format(value)}</strong>
          </p>
        );
      })}
    </div>
  );
}

function Table({ title, lines, course, format }: Part & { readonly title: string }) {
  const buckets = new Set<number>();
  for (const { name } of lines) {
    const { mean = [] } = course.series.get(name) ?? {};
    const filled = mean.flatMap((value, bucket) => (value === null ? [] : [bucket]));
    for (const index of spread(filled.length, mostRows)) buckets.add(filled[index]);
  }
  return (
    <div class="table" tabIndex={0} role="region" aria-label={t('curves:tableOf', { title })}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('curves:iterationColumn')}</th>
            {lines.map(({ name, label }) => (
              <th scope="col" key={name}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {[...buckets]
            .sort((a, b) => b - a)
            .map((bucket) => (
              <tr key={bucket}>
                <th scope="row">{formatCount(bucket * course.width)}</th>
                {lines.map(({ name }) => {
                  const value = course.series.get(name)?.mean.at(bucket) ?? null;
                  return <td key={name}>{value === null ? '' : format(value)}</td>;
                })}
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}
