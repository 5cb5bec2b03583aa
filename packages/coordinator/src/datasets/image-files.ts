/** The images below a folder, in an order that is the same on every machine. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gantryError } from '@gantry/shared';
import { byCodeUnits } from './dataset.ts';
import { fileReason } from './file-reason.ts';

export interface ImageFile {
  readonly path: string;
  /** Name of the folder directly below the dataset's that it lies in; null beside those folders. */
  readonly folder: string | null;
}

/** By name, since opening each of a million files to look at its content takes minutes. */
export const hasImageName = (name: string): boolean => /\.(?:png|jpe?g|webp)$/i.test(name);

/** Left by macOS, Windows and others in folders and archives; nobody's examples. */
const isHidden = (name: string): boolean => name.startsWith('.') || name === '__MACOSX';

/**
 * @param root - a folder
 * @returns images of the folder and all folders below, sorted by name within each folder, files before folders
 * @throws DATA_INVALID where a folder cannot be read
 */
export async function listImages(root: string): Promise<readonly ImageFile[]> {
  const found: ImageFile[] = [];
  // Links may lead in circles: a folder is visited once, under its real name.
  const visited = new Set<string>();
  const visit = async (path: string, folder: string | null): Promise<void> => {
    const real = await attempt(path, () => realpath(path));
    if (visited.has(real)) return;
    visited.add(real);
    const { files, folders } = await listFolder(path);
    for (const name of files) if (hasImageName(name)) found.push({ path: join(path, name), folder });
    for (const name of folders) await visit(join(path, name), folder ?? name);
  };
  await visit(root, null);
  return found;
}

/**
 * Names of the files and folders directly in `path`, links resolved, hidden ones left out, sorted.
 *
 * @throws DATA_INVALID where it cannot be read
 */
export async function listFolder(path: string): Promise<{ files: string[]; folders: string[] }> {
  const files: string[] = [];
  const folders: string[] = [];
  for (const entry of await attempt(path, () => readdir(path, { withFileTypes: true }))) {
    if (isHidden(entry.name)) continue;
    const link = entry.isSymbolicLink();
    // A link that leads nowhere is nobody's example either.
    const found = link ? await stat(join(path, entry.name)).catch(() => null) : entry;
    if (found?.isFile() === true) files.push(entry.name);
    else if (found?.isDirectory() === true) folders.push(entry.name);
  }
  return { files: files.sort(byCodeUnits), folders: folders.sort(byCodeUnits) };
}

async function attempt<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw gantryError('DATA_INVALID', path, fileReason(error));
  }
}
