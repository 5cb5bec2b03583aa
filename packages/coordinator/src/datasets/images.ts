/** A folder of images as a dataset: each is turned upright, cut and shrunk to one size. */
import { availableParallelism } from 'node:os';
import { relative } from 'node:path';
import { gantryError, errorText } from '@gantry/shared';
import sharp from 'sharp';
import {
  allocatePixels,
  byCodeUnits,
  checkClasses,
  fingerprintOf,
  type Dataset,
  type ReadProgress,
  type SkippedImage,
  type WantedSize,
} from './dataset.ts';
import { listImages, type ImageFile } from './image-files.ts';

/** Images decoded at once: enough to keep every core busy, few enough to hold as many 100-megapixel photos. */
const mostAtOnce = 8;

interface Size {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
}

/**
 * @param folder - folder of PNG, JPEG and WebP files; folders directly below it are classes
 * @param want - size of the examples; 32 × 32 in colour where not given
 * @throws DATA_INVALID where there is no image that can be read
 */
export async function readImageFolder(
  folder: string,
  want: WantedSize,
  progress?: ReadProgress,
): Promise<Dataset> {
  const { height = 32, width = 32, channels = 3 } = want;
  const files = await listImages(folder);
  if (files.length === 0) {
    throw gantryError('DATA_INVALID', folder, 'it holds no IDX files and no PNG, JPEG or WebP images');
  }
  const exampleBytes = height * width * channels;
  const pixels = allocatePixels(folder, files.length, exampleBytes);
  const skipped = new Map<number, SkippedImage>();
  let done = 0;
  await forEachAtOnce(files, Math.min(mostAtOnce, availableParallelism() + 1), async (file, index) => {
    try {
      pixels.set(await readImage(file.path, { height, width, channels }), index * exampleBytes);
    } catch (error) {
      skipped.set(index, { path: relative(folder, file.path), reason: readable(error) });
    }
    progress?.(++done, files.length);
  });
  const kept = files.filter((_, index) => !skipped.has(index));
  if (kept.length === 0) {
    const first = skipped.get(0);
    throw gantryError(
      'DATA_INVALID',
      folder,
      `none of its ${files.length} images can be read (${first?.path}: ${first?.reason})`,
    );
  }
  closeGaps(pixels, exampleBytes, files.length, skipped);
  const dataset = {
    source: 'images',
    size: kept.length,
    height,
    width,
    channels,
    ...classesOf(folder, kept),
    pixels: pixels.subarray(0, kept.length * exampleBytes),
    skipped: [...skipped].sort(([a], [b]) => a - b).map(([, image]) => image),
  } as const;
  return { ...dataset, fingerprint: fingerprintOf(dataset) };
}

/** @returns uint8 [height, width, channels] */
async function readImage(path: string, size: Size): Promise<Uint8Array> {
  const { data, info } = await sharp(path, { failOn: 'error' })
    // Photos of phones lie on their side, with a note to turn them.
    .autoOrient()
    // What shines through transparent pixels is otherwise arbitrary, mostly black.
    .flatten({ background: '#ffffff' })
    .resize(size.width, size.height, { fit: 'cover', kernel: 'lanczos3' })
    .toColourspace(size.channels === 1 ? 'b-w' : 'srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== size.channels) {
    throw gantryError('INTERNAL', `${path} decoded to ${info.channels} channels, not ${size.channels}`);
  }
  return data;
}

/** The first line of what the decoder says; the rest repeats it. */
const readable = (error: unknown): string => errorText(error).split('\n')[0];

/** Moves the examples behind skipped ones forward. */
function closeGaps(
  pixels: Uint8Array,
  exampleBytes: number,
  count: number,
  skipped: ReadonlyMap<number, unknown>,
): void {
  let to = 0;
  for (let from = 0; from < count; from++) {
    if (skipped.has(from)) continue;
    if (to !== from) pixels.copyWithin(to * exampleBytes, from * exampleBytes, (from + 1) * exampleBytes);
    to += 1;
  }
}

/**
 * Folders are classes where every image lies in one and there are two or more: a single folder is how an
 * archive unpacks, and tells nothing.
 */
function classesOf(
  folder: string,
  files: readonly ImageFile[],
): { classes: readonly string[]; labels: Uint16Array | null } {
  const names = files.map((file) => file.folder);
  const folders = [...new Set(names)];
  const named = folders.filter((name) => name !== null).sort(byCodeUnits);
  if (named.length !== folders.length || named.length < 2) return { classes: [], labels: null };
  const classes = checkClasses(folder, named);
  const numbers = new Map<string | null, number>(named.map((name, number) => [name, number]));
  return { classes, labels: Uint16Array.from(names, (name) => numbers.get(name) ?? 0) };
}

/** Runs `work` on all items, at most `most` of them at once, each started in order. */
async function forEachAtOnce<T>(
  items: readonly T[],
  most: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      await work(items[index], index);
    }
  };
  await Promise.all(Array.from({ length: most }, lane));
}
