/** A chart of one line a cell, with a band around each. Drawn by uPlot, whose series must share one axis: joined. */
import uPlot from 'uplot';

export interface ChartLine {
  readonly colour: string;
  /** Lengths of strokes and gaps, in widths of the line; empty: unbroken. */
  readonly dash: readonly number[];
  readonly thick: boolean;
  readonly x: readonly number[];
  readonly low: readonly (number | null)[];
  readonly middle: readonly (number | null)[];
  readonly high: readonly (number | null)[];
}

export interface ChartLook {
  readonly logarithmic: boolean;
  readonly formatX: (value: number) => string;
  readonly formatY: (value: number) => string;
  /** Least and greatest to show. */
  readonly range: readonly [number, number];
}

/** @returns ends it */
export function drawLines(host: HTMLElement, lines: readonly ChartLine[], look: ChartLook): () => void {
  const style = getComputedStyle(host);
  const size = Math.round(0.9 * parseFloat(style.fontSize));
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const axis = (across: number, space: number, format: (value: number) => string): uPlot.Axis => ({
    stroke: colour('--quiet'),
    font: `${size}px system-ui, sans-serif`,
    size: across,
    space,
    grid: { stroke: colour('--edge'), width: 1 },
    ticks: { show: false },
    values: (_, values) => values.map((value) => (value === null ? null : format(value))),
  });
  const extent = (): { width: number; height: number } => ({
    width: Math.max(1, host.clientWidth),
    height: Math.max(1, host.clientHeight),
  });
  const hidden: uPlot.Series = { stroke: 'transparent', width: 0, points: { show: false }, spanGaps: true };
  const plot = new uPlot(
    {
      ...extent(),
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, x: false, y: false, points: { show: false } },
      padding: [size * 0.6, size * 2, 0, 0],
      scales: {
        x: { time: false },
        y: { distr: look.logarithmic ? 3 : 1, range: () => [...look.range] },
      },
      axes: [axis(size * 2.2, size * 6, look.formatX), axis(size * 5, size * 2.6, look.formatY)],
      series: [
        {},
        ...lines.flatMap(({ colour: stroke, dash, thick }): uPlot.Series[] => {
          const width = size / (thick ? 4 : 7);
          const middle = { stroke, width, dash: dash.map((length) => length * width) };
          return [hidden, hidden, { ...middle, points: { show: false }, spanGaps: true }];
        }),
      ],
      bands: lines.map(({ colour: fill }, i) => ({
        series: [3 * i + 2, 3 * i + 1],
        fill: `color-mix(in srgb, ${fill} 18%, transparent)`,
      })),
    },
    joined(lines),
    host,
  );
  const observer = new ResizeObserver(() => plot.setSize(extent()));
  observer.observe(host);
  return () => {
    observer.disconnect();
    plot.destroy();
  };
}

function joined(lines: readonly ChartLine[]): uPlot.AlignedData {
  const tables = lines.map(
    ({ x, low, middle, high }) => [x, low, high, middle] as unknown as uPlot.AlignedData,
  );
  return tables.length === 0 ? [[]] : uPlot.join(tables);
}
