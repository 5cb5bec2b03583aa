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

/** Pixels that a sheet with a class a column may be wide. */
const mostWidth = 1200;

/**
 * As many columns as classes, where examples are of each class in turn: each class then has its own. The near-square
 * grid where that many do not fit side by side, or there are too few examples.
 *
 * @param classes - 0 for examples without classes
 */
export function columnsFor(count: number, width: number, classes: number): number {
  const fits = classes > 1 && classes <= count && classes * (width + gap) + gap <= mostWidth;
  return fits ? classes : nearSquare(count).columns;
}

/** By how much to enlarge images `width` wide, so that `columns` of them make about 600 pixels; a whole number. */
export const enlargement = (width: number, columns: number): number =>
  Math.max(1, Math.round((wantedWidth - gap * (columns + 1)) / (width * columns)));

/** Where images lie in a sheet; in its pixels. */
export interface SheetLayout {
  readonly columns: number;
  readonly rows: number;
  /** By which images are enlarged. */
  readonly scale: number;
  /** From one image to the next. */
  readonly across: number;
  readonly down: number;
  readonly width: number;
  readonly height: number;
}

/** @param classes - of which each image has the next in turn; 0 for images without */
export function sheetLayout(
  count: number,
  { height, width }: Pick<ImageShape, 'height' | 'width'>,
  classes: number,
): SheetLayout {
  const columns = columnsFor(count, width, classes);
  const rows = Math.ceil(count / columns);
  const scale = enlargement(width, columns);
  const across = width * scale + gap;
  const down = height * scale + gap;
  return { columns, rows, scale, across, down, width: columns * across + gap, height: rows * down + gap };
}

/** Place of the image at (x, y) of a sheet; null beyond the last. */
export function imageAt(layout: SheetLayout, count: number, x: number, y: number): number | null {
  const column = Math.floor(x / layout.across);
  const row = Math.floor(y / layout.down);
  const place = row * layout.columns + column;
  return column >= 0 && column < layout.columns && row >= 0 && place < count ? place : null;
}

/**
 * Images in a grid, row by row, enlarged without smoothing.
 *
 * @param pixels - uint8 [n, height, width, channels]
 * @param classes - of which each image has the next in turn; 0 for images without
 */
export function gridOfImages(
  pixels: Uint8Array,
  { height, width, channels }: ImageShape,
  classes = 0,
): Raster {
  const count = Math.floor(pixels.length / (height * width * channels));
  const { columns, scale, across, down, ...sheet } = sheetLayout(count, { height, width }, classes);
  const data = new Uint8ClampedArray(sheet.height * sheet.width * channels).fill(gapValue);
  for (let image = 0; image < count; image++) {
    const left = gap + (image % columns) * across;
    const top = gap + Math.floor(image / columns) * down;
    for (let y = 0; y < height * scale; y++) {
      const from = (image * height + Math.floor(y / scale)) * width * channels;
      let to = ((top + y) * sheet.width + left) * channels;
      for (let x = 0; x < width * scale; x++) {
        const pixel = from + Math.floor(x / scale) * channels;
        for (let c = 0; c < channels; c++) data[to++] = pixels[pixel + c];
      }
    }
  }
  return { data, height: sheet.height, width: sheet.width, channels };
}
