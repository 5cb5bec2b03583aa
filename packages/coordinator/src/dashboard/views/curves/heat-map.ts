/** Draws rows of numbers as colours: one pixel a bucket and row, stretched over the canvas. */
import { heatColour, heatShare, type HeatScale } from './heat-scale.ts';

export interface HeatRow {
  readonly values: readonly (number | null)[];
}

/** What of the iterations the canvas shows, and how they lie on it. */
export interface HeatAxis {
  /** Iterations a bucket. */
  readonly width: number;
  readonly from: number;
  readonly to: number;
  readonly logarithmic: boolean;
}

/** 0 to 1 over the canvas. */
export function acrossOf(iteration: number, { from, to, logarithmic }: HeatAxis): number {
  return logarithmic
    ? Math.log(Math.max(from, iteration) / from) / Math.log(to / from)
    : (iteration - from) / (to - from);
}

/** The other way round. */
export function iterationAt(across: number, { from, to, logarithmic }: HeatAxis): number {
  return logarithmic ? from * (to / from) ** across : from + across * (to - from);
}

export function drawHeatMap(
  canvas: HTMLCanvasElement,
  rows: readonly HeatRow[],
  scale: HeatScale,
  axis: HeatAxis,
): void {
  const ratio = window.devicePixelRatio;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((size) =>
    Math.max(1, Math.round(size * ratio)),
  );
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext('2d');
  const columns = Math.max(0, ...rows.map(({ values }) => values.length));
  if (context === null || columns === 0 || rows.length === 0) return;
  const small = pixels(rows, columns, scale);
  context.clearRect(0, 0, width, height);
  context.imageSmoothingEnabled = false;
  const draw = (first: number, last: number): void => {
    const [left, right] = [first, last].map((bucket) => acrossOf(bucket * axis.width, axis) * width);
    if (right < 0 || left > width) return;
    context.drawImage(small, first, 0, last - first, rows.length, left, 0, right - left, height);
  };
  if (!axis.logarithmic) {
    draw(0, columns);
    return;
  }
  for (let bucket = 0; bucket < columns; bucket++) draw(bucket, bucket + 1);
}

/** A bucket in which nothing came looks like the one before it: sheets and looks are rare. */
function pixels(rows: readonly HeatRow[], columns: number, scale: HeatScale): HTMLCanvasElement {
  const small = document.createElement('canvas');
  small.width = columns;
  small.height = rows.length;
  const context = small.getContext('2d');
  const image = context?.createImageData(columns, rows.length);
  if (!image) return small;
  rows.forEach(({ values }, row) => {
    let before: number | null = null;
    for (let bucket = 0; bucket < values.length; bucket++) {
      const value: number | null = values[bucket] ?? before;
      if (value === null) continue;
      before = value;
      image.data.set([...heatColour(heatShare(value, scale)), 255], 4 * (row * columns + bucket));
    }
  });
  context?.putImageData(image, 0, 0);
  return small;
}
