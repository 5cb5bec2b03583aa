/** Small files to test with, in a folder that is removed after the test. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { onTestFinished } from 'vitest';

/** Makes a folder holding `files` (by their path in it) and returns its path. */
export async function temporaryFolder(files: Readonly<Record<string, Uint8Array>> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
  return folder;
}

/** Bytes of an IDX file. */
export function idxBytes(dimensions: readonly number[], values: ArrayLike<number>, type = 0x08): Uint8Array {
  const header = 4 + 4 * dimensions.length;
  const bytes = new Uint8Array(header + values.length);
  bytes.set([0, 0, type, dimensions.length]);
  const view = new DataView(bytes.buffer);
  dimensions.forEach((length, i) => view.setUint32(4 + 4 * i, length));
  bytes.set(values, header);
  return bytes;
}

/** `count` images of `height` × `width`; image i is filled with first + i. */
export const idxImages = (count: number, height = 4, width = 3, first = 0): Uint8Array =>
  idxBytes(
    [count, height, width],
    Uint8Array.from({ length: count * height * width }, (_, i) => first + Math.floor(i / (height * width))),
  );

/** An image of one colour. */
export const plainImage = (
  format: 'png' | 'jpeg' | 'webp',
  background: { r: number; g: number; b: number; alpha?: number },
  width = 20,
  height = 10,
): Promise<Buffer> =>
  sharp({ create: { width, height, channels: background.alpha === undefined ? 3 : 4, background } })
    .toFormat(format, format === 'webp' ? { lossless: true } : {})
    .toBuffer();
