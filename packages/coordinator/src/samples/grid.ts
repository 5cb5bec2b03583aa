/** Laying out images side by side, before any file format. */

export interface ImageShape {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
}

/** uint8 [height, width, channels] */
export interface Raster extends ImageShape {
  readonly data: Uint8ClampedArray;
}

/** Pixels between images, and around them. */
const gap = 1;
/** Darker than paper and lighter than ink, so that both black and white images have an edge. */
const gapValue = 96;
/** Pixels a sheet is wide, where whole multiples allow it. */
const wantedWidth = 600;

/** A near-square grid for `count` images: at most one column more than rows. */
export function nearSquare(count: number): { columns: number; rows: number } {
  const columns = Math.ceil(Math.sqrt(count));
  return { columns, rows: Math.ceil(count / columns) };
}

/** By how much to enlarge images `width` wide, so that `columns` of them make about 600 pixels; a whole number. */
export const enlargement = (width: number, columns: number): number =>
  Math.max(1, Math.round((wantedWidth - gap * (columns + 1)) / (width * columns)));

/**
 * Images in a near-square grid, row by row, enlarged without smoothing.
 *
 * @param pixels - uint8 [n, height, width, channels]
 */
export function gridOfImages(pixels: Uint8Array, { height, width, channels }: ImageShape): Raster {
  const count = Math.floor(pixels.length / (height * width * channels));
  const { columns, rows } = nearSquare(count);
  const scale = enlargement(width, columns);
  const sheetWidth = columns * (width * scale + gap) + gap;
  const sheetHeight = rows * (height * scale + gap) + gap;
  const data = new Uint8ClampedArray(sheetHeight * sheetWidth * channels).fill(gapValue);
  for (let image = 0; image < count; image++) {
    const left = gap + (image % columns) * (width * scale + gap);
    const top = gap + Math.floor(image / columns) * (height * scale + gap);
    for (let y = 0; y < height * scale; y++) {
      const from = (image * height + Math.floor(y / scale)) * width * channels;
      let to = ((top + y) * sheetWidth + left) * channels;
      for (let x = 0; x < width * scale; x++) {
        const pixel = from + Math.floor(x / scale) * channels;
        for (let c = 0; c < channels; c++) data[to++] = pixels[pixel + c];
      }
    }
  }
  return { data, height: sheetHeight, width: sheetWidth, channels };
}
