/** Sample sheets: what the generator makes, as one PNG for the run directory and the pages. */
import type { Mixture } from '@gantry/shared';
import sharp from 'sharp';
import { gridOfImages, type ImageShape } from './grid.ts';
import { scatter } from './scatter.ts';

export type { ImageShape } from './grid.ts';

/**
 * Images in a grid about 600 pixels wide: near-square, or a class a column.
 *
 * @param pixels - uint8 [n, height, width, channels], n at least 1
 * @param classes - of which each image has the next in turn; 0 for images without
 * @returns a PNG file
 */
export async function imageSheet(pixels: Uint8Array, shape: ImageShape, classes = 0): Promise<Buffer> {
  const { data, ...raw } = gridOfImages(pixels, shape, classes);
  return sharp(data, { raw }).png().toBuffer();
}

/**
 * Real and generated points of a mixture, over one another.
 *
 * @param generated - float32 [n, 2]
 * @param real - float32 [m, 2]
 * @returns a PNG file
 */
export async function pointsSheet(
  mixture: Mixture,
  generated: Float32Array,
  real: Float32Array,
): Promise<Buffer> {
  return sharp(Buffer.from(scatter(mixture, generated, real)))
    .png({ palette: true })
    .toBuffer();
}
