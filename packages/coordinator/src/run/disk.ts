/**
 * The file operations of a run directory: these are all there are. A test can put another disk in their place: one
 * that is full, that cannot be written to, or that loses its power between two of them.
 */
import { access, constants, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';

/**
 * `w` empties the file, `a` goes on at its end, `wx` refuses one that is there (EEXIST): each makes one that is not. `r` only
 * reads, and refuses one that is not there (ENOENT).
 */
export type OpenMode = 'w' | 'a' | 'wx' | 'r';

/** Errors are those of Node's `fs`, with their `code`. */
export interface Disk {
  open(path: string, mode: OpenMode): Promise<OpenFile>;
  read(path: string): Promise<Uint8Array>;
  /** Of what is in a directory. */
  names(path: string): Promise<string[]>;
  /** With those that it lies in. Returns the first that was made, if one was. */
  makeDirectory(path: string): Promise<string | undefined>;
  /** Takes the place of what has the name already. */
  rename(from: string, to: string): Promise<void>;
  /** What is not there is no error. */
  remove(path: string): Promise<void>;
  /** Makes names that were given and taken survive a loss of power. */
  syncDirectory(path: string): Promise<void>;
  /** @throws where it cannot be written to */
  checkWritable(path: string): Promise<void>;
}

export interface OpenFile {
  /** At the end. Where it throws, a part may have been written. */
  write(content: Uint8Array): Promise<void>;
  /** Fills `into` from `position` on, as far as there is something. Returns the number of bytes. */
  read(into: Uint8Array, position: number): Promise<number>;
  size(): Promise<number>;
  truncate(length: number): Promise<void>;
  /** Makes what was written survive a loss of power. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The file system of this machine. */
export const systemDisk: Disk = {
  async open(path, mode) {
    const file = await open(path, mode === 'a' ? 'a+' : mode);
    return {
      write: (content) => file.writeFile(content),
      async read(into, position) {
        const { bytesRead } = await file.read(into, 0, into.length, position);
        return bytesRead;
      },
      async size() {
        const { size } = await file.stat();
        return size;
      },
      truncate: (length) => file.truncate(length),
      sync: () => file.sync(),
      close: () => file.close(),
    };
  },
  read: (path) => readFile(path),
  names: (path) => readdir(path),
  makeDirectory: (path) => mkdir(path, { recursive: true }),
  rename: (from, to) => rename(from, to),
  remove: (path) => rm(path, { force: true }),
  async syncDirectory(path) {
    if (process.platform === 'win32') return; // has no such call, and needs none
    const directory = await open(path, 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  },
  checkWritable: (path) => access(path, constants.W_OK),
};
