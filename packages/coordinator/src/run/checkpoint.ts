/**
 * Checkpoints: `checkpoints/VERSION.safetensors`. The tensors hold training state only, so two runs that
 * trained alike have equal tensors; counters, times and known workers are in the metadata.
 */
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  checksum64,
  errorText,
  gantryError,
  GantryError,
  readSafetensors,
  writeSafetensors,
  type Balance,
  type PhaseName,
  type Position,
  type Tensor,
} from '@gantry/shared';
import { freshStart } from '../core/transition.ts';
import type { Counters } from '../core/types.ts';
import { writeWhole } from './files.ts';

/** What a checkpoint holds beside tensors. */
export interface CheckpointRecord {
  readonly format: 1;
  readonly version: number;
  readonly position: Position;
  /** Of the adaptive schedule; checkpoints from before there was one lack it. */
  readonly balance?: Balance;
  /** Optimizer steps taken. */
  readonly optimizerSteps: Readonly<Record<PhaseName, number>>;
  readonly counters: Counters;
  readonly seconds: number;
  readonly bytes: { readonly up: number; readonly down: number };
  readonly losses: { readonly discriminator: number | null; readonly generator: number | null };
  readonly workers: readonly KnownWorker[];
}

/** A worker that may come back, with its history. */
export interface KnownWorker {
  readonly id: number;
  readonly token: string;
  readonly name: string;
  readonly kind: 'tab' | 'headless';
  readonly microbatches: number;
  /** Why it gets no work; null or absent: it does. */
  readonly quarantined?: string | null;
  /** Updates that could not be right; absent: none. */
  readonly rejections?: number;
}

export interface Checkpoint {
  readonly path: string;
  readonly record: CheckpointRecord;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/** Of a run that has done nothing yet: one that goes on from it draws no sheet first, which would take a worker away. */
export const beginning = (tensors: Checkpoint['tensors']): Checkpoint => ({
  path: '',
  tensors,
  record: {
    ...freshStart,
    format: 1,
    optimizerSteps: { discriminator: 0, generator: 0 },
    seconds: 0,
    bytes: { up: 0, down: 0 },
    losses: { discriminator: null, generator: null },
    workers: [],
  },
});

const ending = '.safetensors';
const fileName = (version: number): string => `${String(version).padStart(9, '0')}${ending}`;

const tensorsChecksum = (tensors: ReadonlyMap<string, Tensor>): string =>
  checksum64(...[...tensors.keys()].toSorted().map((name) => (tensors.get(name) as Tensor).data));

/** Writes a checkpoint and removes all but the latest `keep`. Returns its path. */
export async function writeCheckpoint(
  directory: string,
  record: CheckpointRecord,
  tensors: ReadonlyMap<string, Tensor>,
  keep: number,
): Promise<string> {
  const path = join(directory, fileName(record.version));
  const metadata = {
    format: 'gantry-checkpoint',
    record: JSON.stringify(record),
    checksum: tensorsChecksum(tensors),
  };
  await writeWhole(path, writeSafetensors(tensors, metadata));
  const others = (await checkpointNames(directory)).filter((name) => name !== fileName(record.version));
  const older = others.slice(keep - 1);
  await Promise.all(older.map((name) => rm(join(directory, name), { force: true })));
  return path;
}

/** Names of the checkpoints in a directory, latest first. */
export async function checkpointNames(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names
    .filter((name) => /^\d+\.safetensors$/.test(name))
    .toSorted()
    .toReversed();
}

/** @throws CHECKPOINT_INVALID where the file is torn, damaged or not a checkpoint */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  try {
    const { tensors, metadata } = readSafetensors(await readFile(path));
    if (metadata.format !== 'gantry-checkpoint')
      throw gantryError('SAFETENSORS_INVALID', 'not a checkpoint of Gantry');
    if (metadata.checksum !== tensorsChecksum(tensors))
      throw gantryError('SAFETENSORS_INVALID', 'its checksum is wrong');
    return { path, record: complete(JSON.parse(metadata.record) as CheckpointRecord), tensors };
  } catch (error) {
    throw gantryError('CHECKPOINT_INVALID', path, errorText(error).replace(/\.$/, ''));
  }
}

/** Records of before a counter was kept begin it at 0. */
function complete(record: CheckpointRecord): CheckpointRecord {
  const leases = { ...freshStart.counters.leases, ...record.counters.leases };
  const workers = { ...freshStart.counters.workers, ...record.counters.workers };
  return { ...record, counters: { ...record.counters, leases, workers } };
}

/**
 * The latest checkpoint that can be read, or null. Those that cannot are told of and renamed, so that they take
 * no good one's place.
 */
export async function latestCheckpoint(
  directory: string,
  damaged: (error: GantryError) => void,
): Promise<Checkpoint | null> {
  for (const name of await checkpointNames(directory)) {
    try {
      return await readCheckpoint(join(directory, name));
    } catch (error) {
      if (!(error instanceof GantryError)) throw error;
      await rename(join(directory, name), join(directory, `${name}.damaged`)).catch(() => undefined);
      damaged(error);
    }
  }
  return null;
}
