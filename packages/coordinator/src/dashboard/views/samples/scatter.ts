/** Draws a two-dimensional sample sheet: the data's points under the generator's. */

type Point = readonly [number, number];

/** The square around `points`, with a margin: [left, bottom, side]. Of the data, so that the picture stays still. */
export function frame(points: readonly Point[]): readonly [number, number, number] {
  if (points.length === 0) return [-1, -1, 2];
  let [left, bottom] = points[0];
  let [right, top] = points[0];
  for (const [x, y] of points) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    bottom = Math.min(bottom, y);
    top = Math.max(top, y);
  }
  const side = 1.25 * Math.max(right - left, top - bottom, 1e-6);
  return [(left + right - side) / 2, (bottom + top - side) / 2, side];
}

export function drawScatter(
  canvas: HTMLCanvasElement,
  real: readonly Point[],
  generated: readonly Point[],
): void {
  const context = canvas.getContext('2d');
  const side = Math.round(canvas.clientWidth * window.devicePixelRatio);
  if (context === null || side === 0) return;
  canvas.width = side;
  canvas.height = side;
  const [left, bottom, extent] = frame(real.length > 0 ? real : generated);
  const style = getComputedStyle(canvas);
  const layer = (points: readonly Point[], colour: string, alpha: number, size: number): void => {
    context.fillStyle = style.getPropertyValue(colour);
    context.globalAlpha = alpha;
    for (const [x, y] of points) {
      const across = ((x - left) / extent) * side;
      const down = side - ((y - bottom) / extent) * side;
      context.beginPath();
      context.arc(across, down, size, 0, 2 * Math.PI);
      context.fill();
    }
  };
  // The data as a wide pale ground, so that it shows around what is generated on it.
  layer(real, '--real', 0.16, Math.max(3, side / 75));
  layer(generated, '--generator', 0.7, Math.max(1.2, side / 280));
}
