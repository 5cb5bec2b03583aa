/** The run that another one starts from: reading its checkpoint without touching anything of it. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checksum64, errorText, gantryError, type Tensor } from '@gantry/shared';
import { checkpointNames, readCheckpoint, type Checkpoint } from './checkpoint.ts';

export interface Source {
  readonly checkpoint: Checkpoint;
  /** Checksum of all its tensors, with their names and shapes. */
  readonly fingerprint: string;
}

/**
 * @param path - a run directory, for its latest checkpoint, or a checkpoint
 * @throws SOURCE_INVALID saying what to name instead
 */
export async function openSource(path: string): Promise<Source> {
  const checkpoint = await readLatest(await checkpointsAt(path));
  return { checkpoint, fingerprint: fingerprintOf(checkpoint.tensors) };
}

interface Found {
  readonly file: string;
  /** What to do where it cannot be read. */
  readonly remedy: string;
}

async function checkpointsAt(path: string): Promise<Found> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'ENOENT' ? 'there is no such file or directory' : error.message;
      throw gantryError('SOURCE_INVALID', path, `${reason}. ${whatToName}`);
    },
  );
  if (!isFolder) return { file: path, remedy: whatToName };
  const folder = join(path, 'checkpoints');
  const [latest, ...older] = await checkpointNames(folder).catch((error: unknown) => {
    throw gantryError('SOURCE_INVALID', path, errorText(error));
  });
  if (latest !== undefined) {
    const remedy =
      older.length > 0 ? `Name an earlier one: --from ${join(folder, older[0])}` : 'Name another run';
    return { file: join(folder, latest), remedy };
  }
  const names = await readdir(path).catch((): string[] => []);
  throw gantryError(
    'SOURCE_INVALID',
    path,
    names.includes('config.json')
      ? `this run has no checkpoint yet. Train it on until it writes one (gantry start --resume --run ${path}), or name another`
      : `no run is in it. ${whatToName}`,
  );
}

const whatToName = 'Name a run directory, as in runs/NAME, or a .safetensors file in its checkpoints/';

async function readLatest({ file, remedy }: Found): Promise<Checkpoint> {
  try {
    return await readCheckpoint(file);
  } catch (error) {
    throw gantryError('SOURCE_INVALID', file, `${errorText(error).replace(/\.$/, '')}. ${remedy}`);
  }
}

function fingerprintOf(tensors: ReadonlyMap<string, Tensor>): string {
  const sorted = [...tensors].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const head = JSON.stringify(sorted.map(([name, { shape }]) => [name, shape]));
  return checksum64(new TextEncoder().encode(head), ...sorted.map(([, { data }]) => data));
}
