/** One number for all sources a page is built from: when it changes, the page is stale. */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

async function filesUnder(path: string): Promise<readonly string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/**
 * Contents and not times: a checkout of an older commit has new times, and a copied folder may have any.
 *
 * @param paths - files and folders, absolute
 * @param root - names count relative to it, so that a moved project is not stale
 */
export async function fingerprint(paths: readonly string[], root: string): Promise<string> {
  const files = (await Promise.all(paths.map(filesUnder))).flat().sort();
  const contents = await Promise.all(files.map((file) => readFile(file)));
  const hash = createHash('sha256');
  files.forEach((file, index) => {
    hash.update(`${relative(root, file).split(sep).join('/')}\0${contents[index].length}\0`);
    hash.update(contents[index]);
  });
  return hash.digest('hex');
}
