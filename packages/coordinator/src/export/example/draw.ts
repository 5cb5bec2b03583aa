/** Generated examples on a canvas. */

/** Pixels between images. */
const gap = 1;

/**
 * @param examples - float32 [count, height, width, channels] in [−1, 1], 1 or 3 channels
 * @param columns - images in a row
 */
export function drawImages(
  canvas: HTMLCanvasElement,
  examples: Float32Array,
  [height, width, channels]: readonly number[],
  columns: number,
): void {
  const size = height * width * channels;
  const count = examples.length / size;
  canvas.className = 'images';
  canvas.width = columns * (width + gap) - gap;
  canvas.height = Math.ceil(count / columns) * (height + gap) - gap;
  const context = canvas.getContext('2d');
  for (let i = 0; i < count; i++) {
    const image = new ImageData(width, height);
    for (let pixel = 0; pixel < height * width; pixel++) {
      for (let channel = 0; channel < 3; channel++) {
        const value = examples[i * size + pixel * channels + Math.min(channel, channels - 1)];
        // The array clamps and rounds.
        image.data[pixel * 4 + channel] = (value + 1) * 127.5;
      }
      image.data[pixel * 4 + 3] = 255;
    }
    context?.putImageData(image, (i % columns) * (width + gap), Math.floor(i / columns) * (height + gap));
  }
}

/** @param points - float32 [count, 2] */
export function drawPoints(canvas: HTMLCanvasElement, points: Float32Array): void {
  const side = 800;
  const reach = points.reduce((most, x) => Math.max(most, Math.abs(x)), 0.1) * 1.05;
  canvas.className = 'points';
  canvas.width = side;
  canvas.height = side;
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.fillStyle = getComputedStyle(canvas).color;
  context.globalAlpha = 0.5;
  for (let i = 0; i < points.length; i += 2) {
    const [x, y] = [points[i], -points[i + 1]].map((value) => ((value / reach + 1) * side) / 2);
    context.beginPath();
    context.arc(x, y, 3, 0, 2 * Math.PI);
    context.fill();
  }
}
