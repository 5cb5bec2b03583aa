/**
 * A chart of some series: of each its smoothed course, its means faintly behind it, and the band between its least and its
 * greatest values. Drawn by uPlot.
 */
import uPlot from 'uplot';
import type { CourseSet, SeriesValues } from '../../course.ts';
import type { Look } from './look.ts';
import { placeOf, smooth, smoothingScale, valueRange } from './smoothing.ts';

export interface Line {
  /** Of its series. */
  readonly name: string;
  /** Custom property of the page, as in `--generator`. */
  readonly colour: string;
  readonly dashed: boolean;
}

export interface LineChart {
  readonly show: (course: CourseSet, look: Look) => void;
  /** Marks an iteration; null: none. */
  readonly point: (iteration: number | null) => void;
  readonly destroy: () => void;
}

export interface LineChartOptions {
  readonly lines: readonly Line[];
  /** Where the axis of values ends at least: what is a share has the same axis at all times. */
  readonly bounds: readonly [number, number] | null;
  /** Told what the pointer is over; null: nothing. */
  readonly pointed: (iteration: number | null) => void;
  /** Told what was clicked at. */
  readonly chosen: (iteration: number) => void;
  /** Told what was marked by dragging. */
  readonly zoomed: (range: readonly [number, number]) => void;
}

const nothing: SeriesValues = { mean: [], least: [], greatest: [] };

export function createLineChart(host: HTMLElement, options: LineChartOptions): LineChart {
  let latest: { readonly course: CourseSet; readonly look: Look } | null = null;
  let marked: number | null = null;
  let range: [number, number] = [0, 1];
  let logarithmic = '';
  /** What follows at the end of dragging is no click. */
  let dragged = false;
  const pointer = document.createElement('div');
  pointer.className = 'pointed';
  let plot = create(null);

  /** uPlot keeps what its scales are for as long as it lives. */
  function create(look: Look | null): uPlot {
    const made = new uPlot(
      {
        ...sizeOf(host),
        ...styled(host, options.lines, look),
        cursor: {
          x: false,
          y: false,
          points: { show: false },
          drag: { x: true, y: false, setScale: false, dist: 8 },
        },
        scales: {
          x: { time: false, distr: look?.logX ? 3 : 1, range: () => horizontal() },
          y: { distr: look?.logY ? 3 : 1, range: () => range },
        },
        hooks: {
          setCursor: [
            ({ cursor: { left = -1 } }) => options.pointed(left < 0 ? null : iterationAt(made, left)),
          ],
          setSelect: [
            ({ select: { left, width } }) => {
              if (width === 0) return;
              dragged = true;
              options.zoomed([made.posToVal(left, 'x'), made.posToVal(left + width, 'x')]);
              made.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            },
          ],
        },
      },
      [[], ...options.lines.flatMap(() => [[], [], [], []])] as uPlot.AlignedData,
      host,
    );
    made.over.append(pointer);
    made.over.addEventListener('click', ({ offsetX }) => {
      if (!dragged) options.chosen(iterationAt(made, offsetX));
      dragged = false;
    });
    return made;
  }

  function horizontal(): [number, number] {
    if (latest === null) return [0, 1];
    const { course, look } = latest;
    if (look.zoom !== null) return [...look.zoom];
    const length = lengthOf(course, options.lines);
    const first = placeOf(0, course.width, look.logX);
    return [first, Math.max(first + course.width, (length - 1) * course.width)];
  }

  function place(): void {
    const left = marked === null ? -1 : plot.valToPos(marked, 'x');
    pointer.hidden = !(left >= 0 && left <= plot.over.clientWidth);
    pointer.style.transform = `translateX(${left}px)`;
  }

  const observer = new ResizeObserver(() => {
    plot.setSize(sizeOf(host));
    place();
  });
  observer.observe(host);

  return {
    show: (course, look) => {
      latest = { course, look };
      const kind = `${look.logX} ${look.logY}`;
      if (kind !== logarithmic) {
        plot.destroy();
        plot = create(look);
        logarithmic = kind;
      }
      const shown = lengthShown(course, options.lines, look);
      const scale = smoothingScale(look.smoothing, shown);
      const drawn = options.lines.map(({ name }) => drawnOf(course.series.get(name) ?? nothing, scale, look));
      const [from, to] = visible(course, look);
      const inView = (values: readonly (number | null)[]): readonly (number | null)[] =>
        values.slice(from, to);
      const [low, high] = valueRange(
        drawn.flatMap(({ mean, least, greatest }) => [mean, least, greatest].flatMap(inView)),
        drawn.flatMap(({ smoothed }) => inView(smoothed)),
        look.logY,
      );
      const { bounds } = options;
      range =
        bounds === null || look.logY ? [low, high] : [Math.min(low, bounds[0]), Math.max(high, bounds[1])];
      const length = lengthOf(course, options.lines);
      const places = Array.from({ length }, (_, bucket) => placeOf(bucket, course.width, look.logX));
      const padded = (values: readonly (number | null)[]): (number | null)[] =>
        Array.from({ length }, (_, i) => values.at(i) ?? null);
      plot.setData([
        places,
        ...drawn.flatMap(({ least, greatest, mean, smoothed }) =>
          [least, greatest, mean, smoothed].map(padded),
        ),
      ]);
      place();
    },
    point: (iteration) => {
      marked = iteration;
      place();
    },
    destroy: () => {
      observer.disconnect();
      plot.destroy();
    },
  };
}

const iterationAt = (plot: uPlot, left: number): number => Math.max(0, Math.round(plot.posToVal(left, 'x')));

interface Drawn extends SeriesValues {
  readonly smoothed: readonly (number | null)[];
}

function drawnOf({ mean, least, greatest }: SeriesValues, scale: number, { logY }: Look): Drawn {
  // A logarithmic axis has no place for what is not positive.
  const fit = (values: (number | null)[]): (number | null)[] =>
    logY ? values.map((value) => (value !== null && value > 0 ? value : null)) : values;
  return { mean: fit(mean), least: fit(least), greatest: fit(greatest), smoothed: fit(smooth(mean, scale)) };
}

const lengthOf = ({ series }: CourseSet, lines: readonly Line[]): number =>
  Math.max(0, ...lines.map(({ name }) => series.get(name)?.mean.length ?? 0));

/** Buckets in view, from the first to before the last. */
function visible({ width }: CourseSet, { zoom }: Look): [number, number] {
  return zoom === null ? [0, Infinity] : [Math.floor(zoom[0] / width), Math.ceil(zoom[1] / width) + 1];
}

function lengthShown(course: CourseSet, lines: readonly Line[], look: Look): number {
  const [from, to] = visible(course, look);
  return Math.max(0, Math.min(to, lengthOf(course, lines)) - from);
}

const sizeOf = (host: HTMLElement): { readonly width: number; readonly height: number } => ({
  width: Math.max(1, host.clientWidth),
  height: Math.max(1, host.clientHeight),
});

function styled(
  host: HTMLElement,
  lines: readonly Line[],
  look: Look | null,
): Pick<uPlot.Options, 'series' | 'bands' | 'axes' | 'legend' | 'padding'> {
  const style = getComputedStyle(host);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const size = Math.round(0.9 * parseFloat(style.fontSize));
  const axis = (across: number, space: number): uPlot.Axis => ({
    stroke: colour('--quiet'),
    font: `${size}px system-ui, sans-serif`,
    size: across,
    space,
    grid: { stroke: colour('--edge'), width: 1 },
    ticks: { show: false },
  });
  const plain = { points: { show: false }, spanGaps: true } as const;
  const sparse = (values: readonly number[]): (string | null)[] => values.map(shortNumber);
  const powers = (values: readonly number[]): (string | null)[] =>
    values.map((value) => (isPower(value) ? shortNumber(value) : null));
  return {
    legend: { show: false },
    // Half of the last label lies beyond the axis.
    padding: [size * 0.6, size * 2, 0, 0],
    axes: [
      {
        ...axis(size * 2.2, size * 5),
        incrs: wholeSteps,
        values: (_, values) => (look?.logX ? powers(values) : sparse(values)),
      },
      {
        ...axis(size * 3.6, size * 1.9),
        values: (_, values) => (look?.logY ? powers(values) : sparse(values)),
      },
    ],
    series: [
      {},
      ...lines.flatMap(({ colour: name, dashed }): uPlot.Series[] => [
        { ...plain, stroke: 'transparent', width: 0 },
        { ...plain, stroke: 'transparent', width: 0 },
        { ...plain, stroke: colour(name), width: size / 16, alpha: 0.3 },
        {
          ...plain,
          stroke: colour(name),
          width: size / 7,
          ...(dashed ? { dash: [size * 0.6, size * 0.35] } : {}),
        },
      ]),
    ],
    bands: lines.map(({ colour: name }, i) => ({
      series: [4 * i + 2, 4 * i + 1],
      fill: `color-mix(in srgb, ${colour(name)} 22%, transparent)`,
    })),
  };
}

/** Between labels of an axis of iterations, of which there are no halves: 1, 2, 5, 10, … */
const wholeSteps = Array.from({ length: 10 }, (_, power) =>
  [1, 2, 5].map((step) => step * 10 ** power),
).flat();

/** Of the labels of a logarithmic axis those that are powers of ten: others would touch. */
const isPower = (value: number): boolean => {
  const power = Math.log10(value);
  return Math.abs(power - Math.round(power)) < 1e-9;
};

/** 50,000; 0.25; 1e-7. */
function shortNumber(value: number | null): string | null {
  if (value === null) return null;
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) return value.toExponential(0).replace('e+', 'e');
  return value.toLocaleString('en-US', { maximumFractionDigits: 4 });
}
