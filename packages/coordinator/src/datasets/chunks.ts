/**
 * A dataset as immutable chunks, so that a worker fetches only what its microbatches touch and a browser may
 * keep what it fetched. A chunk is its examples' pixels, uint8, and then their labels, uint16 little-endian,
 * where there are labels. To change this layout, change the path too: browsers keep chunks for a year.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { gantryError, type DataManifest } from '@gantry/shared';
import { byteCache } from './byte-cache.ts';
import type { Dataset } from './dataset.ts';

const zip = promisify(gzip);

/** Some hundred small images: one fetch feeds several microbatches, and takes half a second at 4 Mbit/s. */
const chunkBytes = 256 * 1024;
/** Zipped chunks kept in memory, bytes; the rest is zipped again when asked for. */
const mostCached = 256 * 2 ** 20;

export interface DatasetChunks {
  readonly manifest: DataManifest;
  /** Chunks are numbered 0 to count − 1. */
  readonly count: number;
  /** As in `manifest.path`. */
  readonly fingerprint: string;
  /** Gzipped chunk; remembered. @throws INTERNAL for a number that is no chunk's */
  readonly chunk: (index: number) => Promise<Uint8Array>;
  /** The same unzipped. @throws INTERNAL for a number that is no chunk's */
  readonly plainChunk: (index: number) => Uint8Array;
  /** Labels of all examples, uint16 little-endian; null without labels. */
  readonly labels: Uint8Array | null;
}

/** @param chunkSize - examples a chunk; about 256 KiB of pixels by default */
export function createChunks(dataset: Dataset, chunkSize?: number): DatasetChunks {
  const exampleBytes = dataset.height * dataset.width * dataset.channels;
  const most = Math.min(dataset.size, chunkSize ?? Math.max(1, Math.floor(chunkBytes / exampleBytes)));
  const count = Math.ceil(dataset.size / most);
  const plainChunk = (index: number): Uint8Array => {
    if (!Number.isInteger(index) || index < 0 || index >= count) {
      throw gantryError('INTERNAL', `chunk ${index} was asked for, of ${count}`);
    }
    return layOut(dataset, exampleBytes, index * most, Math.min(dataset.size, (index + 1) * most));
  };
  return {
    manifest: {
      size: dataset.size,
      chunkSize: most,
      exampleBytes,
      classes: [...dataset.classes],
      path: `/data/${dataset.fingerprint}`,
    },
    count,
    fingerprint: dataset.fingerprint,
    chunk: byteCache(mostCached, async (index) => zip(plainChunk(index))),
    plainChunk,
    labels: dataset.labels && labelBytes(dataset.labels),
  };
}

/** Examples `from` to `to` (exclusive) as the bytes of a chunk. */
function layOut(dataset: Dataset, exampleBytes: number, from: number, to: number): Uint8Array {
  const pixels = dataset.pixels.subarray(from * exampleBytes, to * exampleBytes);
  if (dataset.labels === null) return pixels;
  const bytes = new Uint8Array(pixels.length + 2 * (to - from));
  bytes.set(pixels);
  bytes.set(labelBytes(dataset.labels.subarray(from, to)), pixels.length);
  return bytes;
}

function labelBytes(labels: Uint8Array | Uint16Array): Uint8Array {
  const bytes = new Uint8Array(2 * labels.length);
  const view = new DataView(bytes.buffer);
  labels.forEach((label, i) => view.setUint16(2 * i, label, true));
  return bytes;
}
