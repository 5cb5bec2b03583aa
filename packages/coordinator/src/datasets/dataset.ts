/** What a dataset is once it is in memory, and its fingerprint. */
import { checksum64, gantryError } from '@gantry/shared';

/** Examples in memory. Both arrays hold examples in one fixed order: that of their indices. */
export interface Dataset {
  readonly source: 'idx' | 'images';
  /** Examples. */
  readonly size: number;
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  /** Names of the classes in label order; empty without labels. */
  readonly classes: readonly string[];
  /** uint8 [size, height, width, channels] */
  readonly pixels: Uint8Array;
  /** Class of each example, [size]; null without labels. */
  readonly labels: Uint8Array | Uint16Array | null;
  /** Images that could not be read, with why. */
  readonly skipped: readonly SkippedImage[];
  /** 16 hexadecimal digits over everything that workers see of the examples. */
  readonly fingerprint: string;
}

export interface SkippedImage {
  readonly path: string;
  readonly reason: string;
}

/** The caller's wish for images of varying sizes. IDX files fix their own. */
export interface WantedSize {
  readonly height?: number | undefined;
  readonly width?: number | undefined;
  readonly channels?: 1 | 3 | undefined;
}

/** Told after each example read: how many of how many. */
export type ReadProgress = (done: number, total: number) => void;

/** The dataset is held in memory whole; beyond this a laptop starts to swap. */
const mostBytes = 4 * 2 ** 30;
/** As many as the protocol's manifest takes. */
const mostClasses = 1000;
/** They travel to workers in one control message. */
const mostClassCharacters = 16_000;
/** The hasher copies what it reads, so it reads in pieces. */
const hashedAtOnce = 4 * 2 ** 20;

/**
 * Memory for `size` examples.
 *
 * @throws DATA_INVALID where they are too many to hold
 */
export function allocatePixels(path: string, size: number, exampleBytes: number): Uint8Array {
  const bytes = size * exampleBytes;
  const tooLarge = gantryError(
    'DATA_INVALID',
    path,
    `${size} examples of ${exampleBytes} bytes take ${(bytes / 2 ** 30).toFixed(1)} GiB of memory, more than there is. Use fewer or smaller ones`,
  );
  if (bytes > mostBytes) throw tooLarge;
  try {
    return new Uint8Array(bytes);
  } catch {
    throw tooLarge;
  }
}

/**
 * The checksum under which workers keep the examples. It also covers the shape, since the same bytes cut into
 * other examples make other chunks under the same address.
 */
export function fingerprintOf(dataset: Omit<Dataset, 'fingerprint'>): string {
  const { size, height, width, channels, pixels, labels } = dataset;
  const parts: ArrayBufferView[] = [new Uint8Array(Uint32Array.of(size, height, width, channels).buffer)];
  for (let at = 0; at < pixels.length; at += hashedAtOnce) parts.push(pixels.subarray(at, at + hashedAtOnce));
  // As uint16 however they are held: the fingerprint is about the labels, not about their storage.
  if (labels !== null) parts.push(Uint16Array.from(labels));
  return checksum64(...parts);
}

/** @throws DATA_INVALID for more classes than the protocol takes */
export function checkClasses(path: string, classes: readonly string[]): readonly string[] {
  if (classes.length > mostClasses) {
    throw gantryError('DATA_INVALID', path, `it has ${classes.length} classes, at most ${mostClasses}`);
  }
  const short = classes.map((name) => name.slice(0, 100));
  const characters = short.reduce((total, name) => total + name.length, 0);
  if (characters > mostClassCharacters) {
    const reason = `the names of its ${classes.length} classes have ${characters} characters, at most ${mostClassCharacters}`;
    throw gantryError('DATA_INVALID', path, reason);
  }
  return short;
}

/** Order by code units: the same on every machine, whatever its language. */
export const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
