/**
 * Checkpoints: `checkpoints/VERSION.safetensors`. The tensors hold training state only, so two runs that
 * trained alike have equal tensors; counters, times and known workers are in the metadata.
 */
import { join } from 'node:path';
import {
  checksum64,
  errorText,
  gantryError,
  GantryError,
  readSafetensors,
  writeSafetensors,
  type Balance,
  type LiveSettings,
  type PhaseName,
  type Position,
  type Tensor,
} from '@gantry/shared';
import { freshStart } from '../core/transition.ts';
import type { Ahead, Counters } from '../core/types.ts';
import { systemDisk, type Disk } from './disk.ts';
import { writeWhole } from './files.ts';

/** What a checkpoint holds beside tensors. */
export interface CheckpointRecord {
  readonly format: 1;
  readonly version: number;
  readonly position: Position;
  /** Steps still to be applied, and the next, where several are computed at the same time. */
  readonly ahead?: Ahead;
  /** Of the adaptive schedule; checkpoints from before there was one lack it. */
  readonly balance?: Balance;
  /** Settings changed live; as configured without. */
  readonly live?: LiveSettings;
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
  /** Its name is the presenter's. */
  readonly renamed?: boolean;
  /** The presenter sent it away; its token is nobody's. */
  readonly removed?: boolean;
  /** Why it gets no work; null or absent: it does. */
  readonly quarantined?: string | null;
  /** Versions at which an update could not be right; absent: none. */
  readonly rejections?: readonly number[];
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

/** What a file says that it is; the first one's checksum is over the numbers of its tensors only. */
const formats = ['gantry-checkpoint', 'gantry-checkpoint-2'] as const;
type Format = (typeof formats)[number];

/** Over all that a checkpoint holds: a damaged name, shape or counter is as bad as a damaged number. */
function checksumOf(format: Format, record: string, tensors: ReadonlyMap<string, Tensor>): string {
  const sorted = [...tensors].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const data = sorted.map(([, tensor]) => tensor.data);
  if (format === 'gantry-checkpoint') return checksum64(...data);
  const head = JSON.stringify([record, sorted.map(([name, { shape }]) => [name, shape])]);
  return checksum64(new TextEncoder().encode(head), ...data);
}

/** Returns the path, once the file is safe. */
export async function writeCheckpoint(
  directory: string,
  record: CheckpointRecord,
  tensors: ReadonlyMap<string, Tensor>,
  disk: Disk = systemDisk,
): Promise<string> {
  const path = join(directory, fileName(record.version));
  const [format, text] = [formats[1], JSON.stringify(record)];
  const metadata = { format, record: text, checksum: checksumOf(format, text, tensors) };
  await writeWhole(path, writeSafetensors(tensors, metadata), disk);
  return path;
}

/** Removes all but the latest `keep` up to that of `version`. Later ones are none of this run: of another model, or put there. */
export async function removeOlder(
  directory: string,
  version: number,
  keep: number,
  disk: Disk = systemDisk,
): Promise<void> {
  const older = (await checkpointNames(directory, disk)).filter((name) => name < fileName(version));
  await Promise.all(older.slice(keep - 1).map((name) => disk.remove(join(directory, name))));
}

/** Names of the checkpoints in a directory, latest first. */
export async function checkpointNames(directory: string, disk: Disk = systemDisk): Promise<string[]> {
  const names = await disk.names(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names
    .filter((name) => /^\d+\.safetensors$/.test(name))
    .toSorted()
    .toReversed();
}

/** @throws CHECKPOINT_INVALID where the file is torn, damaged or not a checkpoint; CHECKPOINT_UNREADABLE */
export async function readCheckpoint(path: string, disk: Disk = systemDisk): Promise<Checkpoint> {
  const file = await disk.read(path).catch((error: NodeJS.ErrnoException) => {
    // What the medium has lost is damaged. What may not be read, or not now, may be as good as ever.
    const damaged = error.code === 'EIO' || error.code === 'EISDIR';
    throw gantryError(damaged ? 'CHECKPOINT_INVALID' : 'CHECKPOINT_UNREADABLE', path, error.message);
  });
  try {
    const { tensors, metadata } = readSafetensors(file);
    const format = formats.find((name) => name === metadata.format);
    if (format === undefined) throw gantryError('SAFETENSORS_INVALID', 'not a checkpoint of Gantry');
    if (metadata.checksum !== checksumOf(format, metadata.record, tensors))
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
 * The latest checkpoint to go on from; null where there is none at all. Those that are damaged are told of and renamed,
 * so that they take no good one's place. Those of another model are as good as ever: they are told of and left.
 *
 * @param passedOver - told why: CHECKPOINT_INVALID, CHECKPOINT_FOREIGN
 * @param check - throws an error of the registry where it is of another model
 * @throws CHECKPOINT_UNREADABLE where it may be good, but the system does not let it be read; CHECKPOINTS_UNUSABLE, with
 *   all left as they are, where there are some but none to go on from: to begin anew is not what was asked for
 */
export async function latestCheckpoint(
  directory: string,
  passedOver: (error: GantryError) => void,
  check: (checkpoint: Checkpoint) => void = () => undefined,
  disk: Disk = systemDisk,
): Promise<Checkpoint | null> {
  const unusable: { readonly path: string; readonly error: GantryError }[] = [];
  for (const name of await checkpointNames(directory, disk)) {
    const path = join(directory, name);
    try {
      const checkpoint = await readCheckpoint(path, disk);
      checkModel(checkpoint, check);
      for (const { path: passed, error } of unusable) {
        if (error.code === 'CHECKPOINT_INVALID')
          await disk.rename(passed, `${passed}.damaged`).catch(() => undefined);
        passedOver(error);
      }
      return checkpoint;
    } catch (error) {
      if (!(error instanceof GantryError) || error.code === 'CHECKPOINT_UNREADABLE') throw error;
      unusable.push({ path, error });
    }
  }
  if (unusable.length === 0) return null;
  throw gantryError('CHECKPOINTS_UNUSABLE', directory, unusable[0].error.message);
}

/** @throws CHECKPOINT_FOREIGN */
function checkModel(checkpoint: Checkpoint, check: (checkpoint: Checkpoint) => void): void {
  try {
    check(checkpoint);
  } catch (error) {
    if (!(error instanceof GantryError)) throw error;
    throw gantryError('CHECKPOINT_FOREIGN', checkpoint.path, error.message.replace(/\.$/, ''));
  }
}
