/** From the path given to `--data` to examples in memory. */
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { gantryError } from '@gantry/shared';
import type { Dataset, ReadProgress, WantedSize } from './dataset.ts';
import { fileReason } from './file-reason.ts';
import { idxFileKind, labelsBeside, readIdxDataset } from './idx-files.ts';
import type { IdxKind } from './idx.ts';
import { hasImageName, listFolder } from './image-files.ts';
import { readImageFolder } from './images.ts';

/**
 * Opens real data: an IDX images file (MNIST and its kin, gzipped or not), a folder holding such files, or a
 * folder of PNG, JPEG and WebP images, whose subfolders are classes.
 *
 * @param want - size of the examples, for a folder of images only: 32 × 32 in colour where not given
 * @param progress - told after each image read
 * @throws DATA_INVALID naming the file and what is wrong with it
 */
export async function openDataset(
  path: string,
  want: WantedSize = {},
  progress?: ReadProgress,
): Promise<Dataset> {
  if (!(await isFolder(path))) {
    const { labels } = await idxFilesIn(dirname(path), isLabelsName);
    return readIdxDataset(path, labelsBeside(path, labels));
  }
  const { images, labels } = await idxFilesIn(path, () => true);
  const chosen = chooseImages(images);
  if (chosen !== undefined) return readIdxDataset(chosen, labelsBeside(chosen, labels));
  return readImageFolder(path, want, progress);
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw gantryError('DATA_INVALID', path, fileReason(error));
  }
}

const isLabelsName = (name: string): boolean => name.toLowerCase().includes('label');

/**
 * A file named like MNIST's that is not IDX is a download gone wrong: it counts as what it is called, to be
 * refused by name where it is needed, rather than passed over in silence.
 */
function kindByName(name: string): IdxKind | null {
  if (!/idx[13]|ubyte/i.test(name)) return null;
  return isLabelsName(name) ? 'labels' : 'images';
}

/** IDX files directly in `folder`, told by their content, among those whose name passes `consider`. */
async function idxFilesIn(
  folder: string,
  consider: (name: string) => boolean,
): Promise<{ images: string[]; labels: string[] }> {
  const images: string[] = [];
  const labels: string[] = [];
  const { files } = await listFolder(folder);
  for (const name of files) {
    if (hasImageName(name) || !consider(name)) continue;
    const path = join(folder, name);
    const kind = (await idxFileKind(path)) ?? kindByName(name);
    if (kind === 'images') images.push(path);
    else if (kind === 'labels') labels.push(path);
  }
  return { images, labels };
}

/** Test images (`t10k`) only where there are no others; the first by name among equals. */
const chooseImages = (sorted: readonly string[]): string | undefined =>
  sorted.find((path) => !/t10k|test/i.test(basename(path))) ?? sorted[0];
