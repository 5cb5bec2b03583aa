/** Draws the lanes: phases of steps behind, bars of leases before them. Plain rectangles, many at once: there are thousands. */
import type { PhaseName } from '@gantry/shared';
import { identityColour } from '@gantry/shared/page';
import { barsOf, inVain, isLost, openStep, type BarPart } from './lane-bars.ts';
import type { LaneLease, LaneState } from './lanes.ts';

export interface LaneScene {
  readonly state: LaneState;
  /** Lanes from above. */
  readonly workers: readonly number[];
  /** Milliseconds of the coordinator's clock that are shown, and its present. */
  readonly from: number;
  readonly to: number;
  readonly now: number;
  /** Is looked at; null: none. */
  readonly focus: number | null;
}

/** How much of a lane's height a part has, and how strong it is. */
const looks: Readonly<Record<BarPart, { readonly height: number; readonly alpha: number }>> = {
  receiving: { height: 0.3, alpha: 0.6 },
  computing: { height: 0.72, alpha: 1 },
  waiting: { height: 0.12, alpha: 0.6 },
  sending: { height: 0.3, alpha: 0.6 },
  unknown: { height: 0.72, alpha: 0.45 },
};

interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** @param top - height of the strip above the lanes, in which steps are named; pixels of the page */
export function drawLanes(canvas: HTMLCanvasElement, scene: LaneScene, top: number): void {
  const ratio = window.devicePixelRatio;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const [columns, rows] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== columns) canvas.width = columns;
  if (canvas.height !== rows) canvas.height = rows;
  const context = canvas.getContext('2d');
  if (context === null || width === 0 || scene.workers.length === 0) return;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const style = getComputedStyle(canvas);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const xOf = (at: number): number => ((at - scene.from) / (scene.to - scene.from)) * width;
  const lane = (height - top) / scene.workers.length;
  drawSteps(context, scene, xOf, { top, height, font: style.fontFamily }, colour);

  const yOf = new Map(scene.workers.map((worker, row) => [worker, top + row * lane]));
  const batches = new Map<string, Rectangle[]>();
  const marks: (() => void)[] = [];
  for (const lease of scene.state.leases.values()) {
    const y = yOf.get(lease.worker);
    if (y === undefined || (lease.ended ?? scene.now) < scene.from) continue;
    for (const { part, from, to } of barsOf(lease, scene.now)) {
      const { height: share } = looks[part];
      // What is over is as strong as if it were known how its time was spent.
      const alpha = part === 'unknown' && lease.ended !== null ? 1 : looks[part].alpha;
      const [left, right] = [Math.max(0, xOf(from)), Math.min(width, xOf(to))];
      if (right <= left) continue;
      const fill = fillOf(lease, colour);
      const key = `${alpha} ${fill}`;
      const batch = batches.get(key) ?? [];
      batches.set(key, batch);
      const tall = Math.max(1, lane * share);
      batch.push({ x: left, y: y + (lane - tall) / 2, width: Math.max(0.75, right - left), height: tall });
    }
    marks.push(() => drawMarks(context, lease, { y, lane, width }, xOf, scene, colour));
  }
  for (const [key, batch] of batches) {
    const [alpha, fill] = [key.slice(0, key.indexOf(' ')), key.slice(key.indexOf(' ') + 1)];
    context.globalAlpha = Number(alpha);
    context.fillStyle = fill;
    context.beginPath();
    for (const { x, y, width: wide, height: tall } of batch) context.rect(x, y, wide, tall);
    context.fill();
  }
  context.globalAlpha = 1;
  for (const mark of marks) mark();
}

const fillOf = (lease: LaneLease, colour: (name: string) => string): string => {
  if (isLost(lease)) return colour('--bad');
  if (inVain(lease)) return colour('--quiet');
  return lease.kind === 'sheet' ? colour('--ink') : identityColour(lease.worker);
};

function drawSteps(
  context: CanvasRenderingContext2D,
  { state, now }: LaneScene,
  xOf: (at: number) => number,
  { top, height, font }: { readonly top: number; readonly height: number; readonly font: string },
  colour: (name: string) => string,
): void {
  const open = openStep(state, now);
  context.font = `600 ${0.68 * top}px ${font}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (const { phase, from, to } of open === null ? state.steps : [...state.steps, open]) {
    const [left, right] = [xOf(from), xOf(to)];
    if (right < 0) continue;
    context.fillStyle = colour(`--${phase}`);
    context.globalAlpha = 0.1;
    context.fillRect(left, top, right - left, height - top);
    context.globalAlpha = 0.9;
    context.fillRect(left, top - 3, Math.max(0.5, right - left - 1), 2);
    context.globalAlpha = 1;
    if (right - left > top) context.fillText(letters[phase], (Math.max(0, left) + right) / 2, 0.42 * top);
  }
}

/** Of phases, where there is no room for a word. The same in all languages, as in the formulas. */
const letters: Readonly<Record<PhaseName, string>> = { discriminator: 'D', generator: 'G' };

/** What happened to a lease: told by shapes, not by colours alone. */
function drawMarks(
  context: CanvasRenderingContext2D,
  lease: LaneLease,
  { y, lane, width }: { readonly y: number; readonly lane: number; readonly width: number },
  xOf: (at: number) => number,
  scene: LaneScene,
  colour: (name: string) => string,
): void {
  const size = Math.min(lane * 0.5, 9);
  const middle = y + lane / 2;
  const end = lease.ended ?? scene.now;
  const [left, right] = [Math.max(0, xOf(lease.granted)), Math.min(width, xOf(end))];
  if (lease.kind === 'again' || lease.kind === 'audit' || lease.lease === scene.focus) {
    const looked = lease.lease === scene.focus;
    context.strokeStyle = colour('--ink');
    context.lineWidth = looked ? 2.5 : 1.25;
    context.setLineDash(lease.kind === 'audit' && !looked ? [3, 2] : []);
    context.strokeRect(left, y + lane * 0.08, Math.max(1.5, right - left), lane * 0.84);
    context.setLineDash([]);
  }
  if (lease.late !== null) {
    // An arrowhead: from here on others may take over.
    const x = xOf(lease.late);
    context.fillStyle = colour('--stopped');
    context.beginPath();
    context.moveTo(x - size * 0.6, y);
    context.lineTo(x + size * 0.6, y);
    context.lineTo(x, y + size);
    context.fill();
  }
  if (lease.expired !== null) {
    context.fillStyle = colour('--bad');
    context.fillRect(xOf(lease.expired) - 1.25, y, 2.5, lane);
  }
  if (lease.ended === null || !(inVain(lease) || isLost(lease))) return;
  context.strokeStyle = colour(isLost(lease) ? '--bad' : '--ink');
  context.lineWidth = Math.max(1.5, size / 5);
  context.beginPath();
  const half = size / 2;
  const x = Math.min(width - half, right);
  context.moveTo(x - half, middle - half);
  context.lineTo(x + half, middle + half);
  context.moveTo(x + half, middle - half);
  context.lineTo(x - half, middle + half);
  context.stroke();
}
