/**
 * Digits that look handwritten, drawn and not stored, so that an image GAN can be trained without a download: 28 by
 * 28, white on black as MNIST's are, in [−1, 1].
 *
 * Every engine must draw the same bits, so there is only + − × ÷, √ and shared `circle` here, no Math.sin or exp.
 */
import { circle, drawUniform } from '@gantry/shared';
import type { ExampleAddress } from './example-address.ts';
import { glyphs, type Glyph } from './glyphs.ts';

export const digitSize = 28;
/** Segments that a line between two points of a stroke is drawn in. */
const steps = 5;
/** Random numbers of one digit: 12 for the whole, then two a point. */
const draws = 12 + 2 * 20;

const u = new Float64Array(draws);
const nearest = new Float64Array(digitSize * digitSize);

const between = (low: number, high: number, x: number): number => low + (high - low) * x;

/** The digit, 0 to 9, that `drawDigit` draws at the same address. @param choose - it, by a uniform number */
export function digitClass(address: ExampleAddress, choose: (uniform: number) => number): number {
  drawUniform(address, u);
  return choose(u[0]);
}

/** How a glyph's box lies on the image: an affine map to pixels. */
interface Pose {
  readonly xx: number;
  readonly xy: number;
  readonly yx: number;
  readonly yy: number;
  readonly x: number;
  readonly y: number;
}

function drawPose(): Pose {
  const height = between(17, 21, u[3]);
  const width = height * between(0.5, 0.82, u[4]);
  const slant = between(-0.12, 0.38, u[5]); // most people lean right
  const [cos, sin] = circle((1 + between(-0.022, 0.022, u[6])) % 1); // of a whole turn
  return {
    xx: cos * width,
    xy: -sin * height - cos * slant * height,
    yx: sin * width,
    yy: cos * height - sin * slant * height,
    x: digitSize / 2 + between(-1.2, 1.2, u[7]),
    y: digitSize / 2 + between(-1, 1, u[8]),
  };
}

/**
 * @param out - float32 [28, 28, 1], written
 * @param choose - the digit, by a uniform number
 */
export function drawDigit(
  address: ExampleAddress,
  out: Float32Array,
  choose: (uniform: number) => number,
): void {
  const ways = glyphs[digitClass(address, choose)];
  const glyph = ways[Math.floor(u[1] * ways.length)];
  const radius = between(0.85, 1.75, u[9] * u[2] + (1 - u[2]) * 0.4);
  const wobble = between(0.02, 0.075, u[10]);
  nearest.fill(1e9);
  drawStrokes(glyph, drawPose(), wobble, radius + 1);
  // The ink's edge is one pixel wide, and the pen a little uneven in strength.
  const strength = between(0.86, 1, u[11]);
  for (let i = 0; i < nearest.length; i++) {
    const ink = radius + 0.5 - Math.sqrt(nearest[i]);
    out[i] = ink <= 0 ? -1 : 2 * strength * Math.min(1, ink) - 1;
  }
}

/** Lowers `nearest` (squared distances, in pixels) around every stroke. */
function drawStrokes(glyph: Glyph, pose: Pose, wobble: number, reach: number): void {
  let next = 12;
  for (const stroke of glyph) {
    const xs: number[] = [];
    const ys: number[] = [];
    stroke.forEach(([x, y], i) => {
      const repeated = i > 0 && x === stroke[i - 1][0] && y === stroke[i - 1][1];
      if (repeated) {
        xs.push(xs[i - 1]);
        ys.push(ys[i - 1]);
        return;
      }
      const dx = x - 0.5 + wobble * (2 * u[next] - 1);
      const dy = y - 0.5 + wobble * (2 * u[next + 1] - 1);
      next += 2;
      xs.push(pose.x + pose.xx * dx + pose.xy * dy);
      ys.push(pose.y + pose.yx * dx + pose.yy * dy);
    });
    drawLine(xs, ys, reach);
  }
}

/** A Catmull-Rom spline through the points; straight where there are two. */
function drawLine(xs: readonly number[], ys: readonly number[], reach: number): void {
  const last = xs.length - 1;
  for (let i = 0; i < last; i++) {
    if (xs[i] === xs[i + 1] && ys[i] === ys[i + 1]) continue; // a corner
    const before = Math.max(0, i - 1);
    const after = Math.min(last, i + 2);
    let x0 = xs[i];
    let y0 = ys[i];
    for (let k = 1; k <= steps; k++) {
      const t = k / steps;
      const x1 = spline(xs[before], xs[i], xs[i + 1], xs[after], t);
      const y1 = spline(ys[before], ys[i], ys[i + 1], ys[after], t);
      drawSegment(x0, y0, x1, y1, reach);
      x0 = x1;
      y0 = y1;
    }
  }
}

function spline(a: number, b: number, c: number, d: number, t: number): number {
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

function drawSegment(x0: number, y0: number, x1: number, y1: number, reach: number): void {
  const dx = x1 - x0;
  const dy = y1 - y0;
  const length2 = dx * dx + dy * dy;
  const left = Math.max(0, Math.floor(Math.min(x0, x1) - reach));
  const right = Math.min(digitSize - 1, Math.floor(Math.max(x0, x1) + reach));
  const top = Math.max(0, Math.floor(Math.min(y0, y1) - reach));
  const bottom = Math.min(digitSize - 1, Math.floor(Math.max(y0, y1) + reach));
  for (let row = top; row <= bottom; row++) {
    for (let column = left; column <= right; column++) {
      const px = column + 0.5 - x0;
      const py = row + 0.5 - y0;
      const along = length2 > 0 ? Math.min(1, Math.max(0, (px * dx + py * dy) / length2)) : 0;
      const ex = px - along * dx;
      const ey = py - along * dy;
      const distance2 = ex * ex + ey * ey;
      const at = row * digitSize + column;
      if (distance2 < nearest[at]) nearest[at] = distance2;
    }
  }
}
