/** Images of a picture side by side, each pixel as large as may be. */
import { useEffect, useRef } from 'preact/hooks';

interface Props {
  /** uint8 [count, height, width, channels], in base64. */
  readonly pixels: string;
  /** [height, width, channels] */
  readonly shape: readonly number[];
  readonly columns: number;
  readonly label: string;
}

export function Tiles({ pixels, shape, columns, label }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current !== null) draw(canvas.current, bytesOf(pixels), shape, columns);
  }, [pixels, shape, columns]);
  return <canvas ref={canvas} class="tiles" role="img" aria-label={label} />;
}

const bytesOf = (base64: string): Uint8Array =>
  Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

/** With the canvas's own pixels; what is seen is enlarged by its style. */
function draw(
  canvas: HTMLCanvasElement,
  pixels: Uint8Array,
  [height, width, channels]: readonly number[],
  columns: number,
): void {
  const count = Math.floor(pixels.length / (height * width * channels));
  canvas.width = columns * width;
  canvas.height = Math.ceil(count / columns) * height;
  const context = canvas.getContext('2d');
  if (context === null) return;
  for (let image = 0; image < count; image++) {
    const tile = context.createImageData(width, height);
    for (let pixel = 0; pixel < width * height; pixel++) {
      const from = (image * width * height + pixel) * channels;
      for (let c = 0; c < 3; c++) tile.data[4 * pixel + c] = pixels[from + (channels === 3 ? c : 0)];
      tile.data[4 * pixel + 3] = 255;
    }
    context.putImageData(tile, (image % columns) * width, Math.floor(image / columns) * height);
  }
}
