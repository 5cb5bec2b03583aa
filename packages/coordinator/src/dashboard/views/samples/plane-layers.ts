/** Draws the plane of a 2-D sheet, layer over layer. */
import { planeSizes, type PlaneFile, type PlanePoint } from '@gantry/shared';
import { heatColour, type HeatScale } from './heat.ts';

export const layerNames = ['heatMap', 'real', 'manifold', 'generated', 'gradients'] as const;
export type LayerName = (typeof layerNames)[number];
export type Layers = Readonly<Record<LayerName, boolean>>;

/** Points that are set off from the others: corners of a picture, and what lies between them. */
export interface Marks {
  readonly corners: readonly PlanePoint[];
  readonly path: readonly PlanePoint[];
  readonly handle: PlanePoint | null;
}
export const noMarks: Marks = { corners: [], path: [], handle: null };

export function drawPlane(
  canvas: HTMLCanvasElement,
  plane: PlaneFile,
  layers: Layers,
  scale: HeatScale,
  marks: Marks,
): void {
  const context = canvas.getContext('2d');
  const side = Math.round(canvas.clientWidth * window.devicePixelRatio);
  if (context === null || side === 0) return;
  canvas.width = side;
  canvas.height = side;
  const style = getComputedStyle(canvas);
  const pen: Pen = {
    context,
    unit: side / 600,
    at: ([x, y]) => [((x / plane.half + 1) / 2) * side, ((1 - y / plane.half) / 2) * side],
    colour: (name) => style.getPropertyValue(name).trim(),
  };
  if (layers.heatMap) heatMap(pen, plane.heatMap, scale, side);
  if (layers.real) dots(pen, plane.real, '--real', layers.heatMap ? 0.5 : 0.2, 6);
  if (layers.manifold) mesh(pen, plane.manifold);
  if (layers.generated) dots(pen, plane.generated, '--generator', 0.85, 2.2);
  if (layers.gradients) arrows(pen, plane);
  drawMarks(pen, marks);
}

interface Pen {
  readonly context: CanvasRenderingContext2D;
  /** A 600th of the side. */
  readonly unit: number;
  readonly at: (point: PlanePoint) => PlanePoint;
  readonly colour: (name: string) => string;
}

/** One pixel a cell, enlarged smoothly: scores are a smooth function of the plane. */
function heatMap({ context }: Pen, scores: readonly number[], scale: HeatScale, side: number): void {
  const { heatMap: cells } = planeSizes;
  const small = document.createElement('canvas');
  small.width = cells;
  small.height = cells;
  const inner = small.getContext('2d');
  if (inner === null) return;
  const image = inner.createImageData(cells, cells);
  scores.forEach((score, cell) => image.data.set([...heatColour(scale.place(score)), 255], 4 * cell));
  inner.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = true;
  context.drawImage(small, 0, 0, side, side);
}

function dots(
  { context, at, colour, unit }: Pen,
  points: readonly PlanePoint[],
  name: string,
  alpha: number,
  radius: number,
): void {
  context.fillStyle = colour(name);
  context.globalAlpha = alpha;
  for (const point of points) {
    const [x, y] = at(point);
    context.beginPath();
    context.arc(x, y, radius * unit, 0, 2 * Math.PI);
    context.fill();
  }
  context.globalAlpha = 1;
}

/** The knots of each row, and of each column, joined. */
function mesh({ context, at, colour, unit }: Pen, knots: readonly PlanePoint[]): void {
  const { manifold: n } = planeSizes;
  context.strokeStyle = colour('--generator');
  context.lineWidth = unit;
  context.globalAlpha = 0.8;
  context.beginPath();
  for (let line = 0; line < n; line++) {
    for (const index of [(k: number) => line * n + k, (k: number) => k * n + line]) {
      for (let k = 0; k < n; k++) {
        const [x, y] = at(knots[index(k)]);
        if (k === 0) context.moveTo(x, y);
        else context.lineTo(x, y);
      }
    }
  }
  context.stroke();
  context.globalAlpha = 1;
}

/** Units of the side that the longest arrow has. */
const longest = 44;

/** Where the generator's loss falls: against its gradient. Lengths are to those of the steepest tenth, which are cut. */
function arrows({ context, at, colour, unit }: Pen, { generated, gradients }: PlaneFile): void {
  const steep = gradients.map(([x, y]) => Math.hypot(x, y)).sort((a, b) => a - b);
  const most = steep.at(Math.floor(0.9 * steep.length)) ?? 0;
  if (most === 0) return;
  context.strokeStyle = colour('--arrow');
  context.fillStyle = colour('--arrow');
  context.lineWidth = 1.3 * unit;
  gradients.forEach(([dx, dy], i) => {
    const slope = Math.hypot(dx, dy);
    const length = longest * unit * Math.min(1, slope / most);
    if (i >= generated.length || length < 2 * unit) return;
    const [x, y] = at(generated[i]);
    const [ux, uy] = [-dx / slope, dy / slope]; // y points down on the screen
    const [tipX, tipY] = [x + ux * length, y + uy * length];
    const head = Math.min(7 * unit, length);
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(tipX - ux * head * 0.8, tipY - uy * head * 0.8);
    context.stroke();
    context.beginPath();
    context.moveTo(tipX, tipY);
    context.lineTo(tipX - ux * head - uy * head * 0.45, tipY - uy * head + ux * head * 0.45);
    context.lineTo(tipX - ux * head + uy * head * 0.45, tipY - uy * head - ux * head * 0.45);
    context.fill();
  });
}

/** Letters name corners, as in the controls. */
export const cornerName = (index: number): string => 'ABCD'.charAt(index);

function drawMarks(pen: Pen, { corners, path, handle }: Marks): void {
  const { context, at, colour, unit } = pen;
  dots(pen, path, '--mark', 0.9, 3);
  context.strokeStyle = colour('--mark');
  context.fillStyle = colour('--mark');
  context.lineWidth = 2 * unit;
  context.font = `600 ${16 * unit}px system-ui, sans-serif`;
  corners.forEach((corner, i) => {
    const [x, y] = at(corner);
    context.beginPath();
    context.arc(x, y, 7 * unit, 0, 2 * Math.PI);
    context.stroke();
    context.fillText(cornerName(i), x + 9 * unit, y - 7 * unit);
  });
  if (handle === null) return;
  const [x, y] = at(handle);
  context.beginPath();
  context.rect(x - 7 * unit, y - 7 * unit, 14 * unit, 14 * unit);
  context.stroke();
}
