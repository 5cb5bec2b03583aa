/** Draws a two-dimensional sample sheet. */

type Point = readonly [number, number];

/**
 * Half the side of the square to show, around the origin: of the data where its centres are known, so that
 * the picture stays still while the points move.
 */
export function reach(points: readonly Point[], centres: readonly Point[]): number {
  const known = centres.length > 0 ? centres : points;
  let most = 0;
  for (const [x, y] of known) most = Math.max(most, Math.abs(x), Math.abs(y));
  return most === 0 ? 1 : most * 1.3;
}

/** @param centres - of the data's modes, marked with circles; may be empty */
export function drawPoints(
  canvas: HTMLCanvasElement,
  points: readonly Point[],
  centres: readonly Point[],
): void {
  const context = canvas.getContext('2d');
  const side = Math.round(canvas.clientWidth * window.devicePixelRatio);
  if (context === null || side === 0) return;
  canvas.width = side;
  canvas.height = side;
  const style = getComputedStyle(canvas);
  const scale = side / 2 / reach(points, centres);
  const across = (x: number): number => side / 2 + x * scale;
  const down = (y: number): number => side / 2 - y * scale;

  context.strokeStyle = style.getPropertyValue('--quiet');
  context.lineWidth = window.devicePixelRatio;
  for (const [x, y] of centres) {
    context.beginPath();
    context.arc(across(x), down(y), side / 60, 0, 2 * Math.PI);
    context.stroke();
  }
  context.fillStyle = style.getPropertyValue('--generator');
  context.globalAlpha = 0.6;
  const size = Math.max(3, side / 150);
  for (const [x, y] of points) context.fillRect(across(x) - size / 2, down(y) - size / 2, size, size);
}
