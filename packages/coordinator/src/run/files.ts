/** Files that are whole or not there: written under a temporary name, synced, then renamed. */
import { dirname, join } from 'node:path';
import { systemDisk, type Disk } from './disk.ts';

const temporaryName = (name: string): string => `${name}.${process.pid}.tmp`;
const temporary = /\.(\d+)\.tmp$/;

/** All of it, or its pieces one after the other, where it is too large to be held at once. */
export type Content = Uint8Array | string | AsyncIterable<Uint8Array>;

/**
 * @throws whatever the file system says; the file of that name, if any, is then as it was, or (where only its name
 *   could not be made durable) the new one
 */
export async function writeWhole(path: string, content: Content, disk: Disk = systemDisk): Promise<void> {
  const first = temporaryName(path);
  try {
    const file = await disk.open(first, 'w');
    try {
      if (typeof content === 'string') await file.write(Buffer.from(content));
      else if (content instanceof Uint8Array) await file.write(content);
      // oxlint-disable-next-line no-await-in-loop -- one piece after the other
      else for await (const piece of content) await file.write(piece);
      await file.sync();
    } finally {
      await file.close();
    }
    await disk.rename(first, path);
  } catch (error) {
    await disk.remove(first).catch(() => undefined);
    throw error;
  }
  await disk.syncDirectory(dirname(path));
}

/** With those that it lies in; what was made survives a loss of power. */
export async function makeDirectory(path: string, disk: Disk): Promise<void> {
  const first = await disk.makeDirectory(path);
  if (first === undefined) return;
  // Each is a name in the one that it lies in.
  for (let made = path; made.length >= first.length; made = dirname(made)) {
    // oxlint-disable-next-line no-await-in-loop -- a handful, once
    await disk.syncDirectory(dirname(made));
  }
}

/** Whether that is the name of a file that was still being written. */
export const isTemporary = (name: string): boolean => temporary.test(name);

/** Removes what processes that are gone left half written in a directory. */
export async function removeLeftovers(directory: string, disk: Disk): Promise<void> {
  const names = await disk.names(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const left = names.filter((name) => {
    const [, writer] = temporary.exec(name) ?? [];
    return writer !== undefined && !isRunningElsewhere(Number(writer));
  });
  await Promise.all(left.map((name) => disk.remove(join(directory, name))));
}

/** Numbers of processes come again: this one's own is left over from somebody else. */
export function isRunningElsewhere(pid: number): boolean {
  if (!(pid > 0) || pid === process.pid) return false;
  try {
    process.kill(pid, 0); // sends nothing; asks whether it is there
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
