/** IDX files on disk: unzipping, recognizing them by content, and finding the labels that go with images. */
import { open, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { createGunzip, gunzip } from 'node:zlib';
import { errorText, gantryError } from '@gantry/shared';
import { checkClasses, fingerprintOf, type Dataset } from './dataset.ts';
import { fileReason } from './file-reason.ts';
import { idxKind, parseIdx, type IdxArray, type IdxKind } from './idx.ts';

const unzip = promisify(gunzip);
/** A zipped file may grow to this, the longest that Node reads unzipped too. */
const mostBytes = 2 * 2 ** 30;
/** As the configuration's height and width. */
const mostPixels = 256;

const isZipped = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

const zipReasons: Readonly<Record<string, string>> = {
  Z_BUF_ERROR: 'its gzip data is truncated',
  Z_DATA_ERROR: 'its gzip data is damaged',
  ERR_BUFFER_TOO_LARGE: 'it unzips to more than 2 GiB',
};

/** @throws DATA_INVALID */
async function readUnzipped(path: string): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw gantryError('DATA_INVALID', path, fileReason(error));
  }
  if (!isZipped(bytes)) return bytes;
  try {
    return await unzip(bytes, { maxOutputLength: mostBytes });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    throw gantryError('DATA_INVALID', path, zipReasons[code] ?? errorText(error));
  }
}

/** The first 4 bytes of what was zipped, from the first bytes of the zip; fewer where it is damaged. */
async function unzipHead(zipped: Uint8Array): Promise<Uint8Array> {
  const stream = createGunzip();
  try {
    stream.end(zipped);
    // The end of `zipped` is in the midst of the zip: what comes before that error is all we want.
    for await (const part of stream) return (part as Uint8Array).subarray(0, 4);
  } catch {
    // Damaged: not recognized.
  } finally {
    stream.destroy();
  }
  return new Uint8Array();
}

/** Tells by its content what an IDX file holds, zipped or not; null where it is another kind of file or cannot be read. */
export async function idxFileKind(path: string): Promise<IdxKind | null> {
  let head: Uint8Array;
  try {
    const file = await open(path);
    try {
      const { bytesRead, buffer } = await file.read(new Uint8Array(1024), 0, 1024, 0);
      head = buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
  return idxKind(isZipped(head) ? await unzipHead(head) : head);
}

/** What the names of an images file and its labels file have in common. */
const pairName = (path: string): string =>
  basename(path)
    .toLowerCase()
    .replace(/\.gz$/, '')
    .replace('images', 'labels')
    .replace('idx3', 'idx1')
    .replaceAll(/[^a-z0-9]/g, '-');

/** The labels file among `candidates` (labels files beside it) that belongs to `images` by its name. */
export const labelsBeside = (images: string, candidates: readonly string[]): string | undefined =>
  candidates.find((path) => pairName(path) === pairName(images));

/** @throws DATA_INVALID */
async function readIdx(path: string, kind: 'images' | 'labels'): Promise<IdxArray> {
  const parsed = parseIdx(await readUnzipped(path), kind);
  if ('reason' in parsed) throw gantryError('DATA_INVALID', path, parsed.reason);
  return parsed;
}

/**
 * @param images - path of an IDX file of uint8 [n, height, width], as it is or gzipped
 * @param labels - path of its labels, uint8 [n]
 * @throws DATA_INVALID naming the file and what is wrong with it
 */
export async function readIdxDataset(images: string, labels: string | undefined): Promise<Dataset> {
  const { dimensions, values: pixels } = await readIdx(images, 'images');
  const [size, height, width] = dimensions;
  if (height > mostPixels || width > mostPixels) {
    throw gantryError(
      'DATA_INVALID',
      images,
      `its images are ${height} × ${width} pixels, at most ${mostPixels} × ${mostPixels}`,
    );
  }
  const labelled = labels === undefined ? null : await readIdx(labels, 'labels');
  if (labels !== undefined && labelled !== null && labelled.values.length !== size) {
    throw gantryError(
      'DATA_INVALID',
      labels,
      `it holds ${labelled.values.length} labels for the ${size} images of ${basename(images)}`,
    );
  }
  const dataset = {
    source: 'idx',
    size,
    height,
    width,
    channels: 1,
    classes: labelled === null ? [] : numbered(images, labelled.values),
    pixels,
    labels: labelled === null ? null : labelled.values,
    skipped: [],
  } as const;
  return { ...dataset, fingerprint: fingerprintOf(dataset) };
}

/** IDX names no classes: they are called by their numbers. */
function numbered(path: string, labels: Uint8Array): readonly string[] {
  let most = 0;
  for (const label of labels) most = Math.max(most, label);
  return checkClasses(
    path,
    Array.from({ length: most + 1 }, (_, label) => String(label)),
  );
}
