/**
 * A disk in memory, which knows what has been synced: so a test can take its power away before any operation, and see
 * what may then be left. It can also be full, or refuse to be written to.
 */
import { basename, dirname } from 'node:path';
import type { Disk, OpenFile, OpenMode } from '../../src/run/disk.ts';

class FileNode {
  content = new Uint8Array();
  synced = new Uint8Array();
}

class DirectoryNode {
  readonly names = new Map<string, Node>();
  synced = new Map<string, Node>();
  /** Names given and taken since. */
  unsynced: ((names: Map<string, Node>) => void)[] = [];

  change(by: (names: Map<string, Node>) => void): void {
    by(this.names);
    this.unsynced.push(by);
  }
}

type Node = FileNode | DirectoryNode;

/** Numbers in [0, 1). */
export type Random = () => number;

/** What a file system can lose at once, beside what follows it. */
const sector = 512;

const systemError = (code: string, path: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`${code}: ${path}`), { code });

export class MemoryDisk implements Disk {
  /** Bytes of files that it has a place for. */
  capacity = Infinity;
  readOnly = false;
  /** Operations that changed something, or synced it. */
  operations = 0;
  /** Told before each of them; what it throws, the operation throws. */
  before: (operation: string, path: string) => void = () => undefined;
  readonly #root: DirectoryNode;
  #used = 0;

  constructor(root = new DirectoryNode()) {
    this.#root = root;
    this.#used = sizeOf(root);
  }

  async open(path: string, mode: OpenMode): Promise<OpenFile> {
    if (mode === 'r') this.#find(path);
    else this.#begin(mode === 'a' ? 'open' : 'create', path);
    const directory = this.#directory(dirname(path));
    const name = basename(path);
    const found = directory.names.get(name);
    if (found instanceof DirectoryNode) throw systemError('EISDIR', path);
    if (found && mode === 'wx') throw systemError('EEXIST', path);
    const file = found ?? new FileNode();
    if (!found) directory.change((names) => names.set(name, file));
    if (mode === 'w') this.#resize(file, 0);
    return {
      write: async (content) => this.#write(file, content, path),
      async read(into, position) {
        const part = file.content.subarray(position, position + into.length);
        into.set(part);
        return part.length;
      },
      size: async () => file.content.length,
      truncate: async (length) => {
        this.#begin('truncate', path);
        this.#resize(file, length);
      },
      sync: async () => {
        this.#begin('sync', path);
        file.synced = file.content;
      },
      close: async () => undefined,
    };
  }

  async read(path: string): Promise<Uint8Array> {
    const found = this.#find(path);
    if (found instanceof DirectoryNode) throw systemError('EISDIR', path);
    return found.content.slice();
  }

  async names(path: string): Promise<string[]> {
    return [...this.#directory(path).names.keys()];
  }

  async makeDirectory(path: string): Promise<string | undefined> {
    this.#begin('make directory', path);
    return this.#makeMissing(path);
  }

  #makeMissing(path: string): string | undefined {
    const parent = dirname(path);
    if (parent === path) return undefined;
    const first = this.#makeMissing(parent);
    const directory = this.#directory(parent);
    if (directory.names.has(basename(path))) return first;
    const made = new DirectoryNode();
    directory.change((names) => names.set(basename(path), made));
    return first ?? path;
  }

  async rename(from: string, to: string): Promise<void> {
    this.#begin('rename', to);
    const directory = this.#directory(dirname(from));
    if (dirname(from) !== dirname(to)) throw systemError('EXDEV', to);
    const node = this.#find(from);
    const replaced = directory.names.get(basename(to));
    if (replaced instanceof FileNode) this.#used -= replaced.content.length;
    directory.change((names) => {
      names.delete(basename(from));
      names.set(basename(to), node);
    });
  }

  async remove(path: string): Promise<void> {
    this.#begin('remove', path);
    const directory = this.#directory(dirname(path));
    const found = directory.names.get(basename(path));
    if (found instanceof FileNode) this.#used -= found.content.length;
    if (found) directory.change((names) => names.delete(basename(path)));
  }

  async syncDirectory(path: string): Promise<void> {
    this.#begin('sync directory', path);
    const directory = this.#directory(path);
    directory.synced = new Map(directory.names);
    directory.unsynced = [];
  }

  async checkWritable(path: string): Promise<void> {
    this.#find(path);
    if (this.readOnly) throw systemError('EROFS', path);
  }

  /**
   * What is left when the power goes now. Of what was not synced, anything may be lost: names given and taken, each by
   * itself, and the ends of files, which may be short or have zeros in them.
   */
  withoutPower(random: Random): MemoryDisk {
    return new MemoryDisk(leftOf(this.#root, random, new Map()));
  }

  #begin(operation: string, path: string): void {
    this.before(operation, path);
    if (this.readOnly) throw systemError('EROFS', path);
    this.operations += 1;
  }

  #write(file: FileNode, content: Uint8Array, path: string): void {
    this.#begin('write', path);
    const fits = content.subarray(0, Math.max(0, this.capacity - this.#used));
    const all = new Uint8Array(file.content.length + fits.length);
    all.set(file.content);
    all.set(fits, file.content.length);
    this.#used += fits.length;
    file.content = all;
    if (fits.length < content.length) throw systemError('ENOSPC', path);
  }

  #resize(file: FileNode, length: number): void {
    this.#used += length - file.content.length;
    file.content = file.content.slice(0, length);
  }

  #find(path: string): Node {
    const parent = dirname(path);
    if (parent === path) return this.#root;
    const found = this.#directory(parent).names.get(basename(path));
    if (found === undefined) throw systemError('ENOENT', path);
    return found;
  }

  #directory(path: string): DirectoryNode {
    const found = this.#find(path);
    if (found instanceof FileNode) throw systemError('ENOTDIR', path);
    return found;
  }
}

function sizeOf(node: Node): number {
  if (node instanceof FileNode) return node.content.length;
  return [...node.names.values()].reduce((sum, each) => sum + sizeOf(each), 0);
}

/** @param known - a file of two names is one file */
function leftOf(directory: DirectoryNode, random: Random, known: Map<Node, Node>): DirectoryNode {
  const names = new Map(directory.synced);
  for (const change of directory.unsynced) if (random() < 0.5) change(names);
  const left = new DirectoryNode();
  for (const [name, node] of names) {
    let kept = known.get(node);
    if (kept === undefined) {
      kept = node instanceof DirectoryNode ? leftOf(node, random, known) : tornFile(node, random);
      known.set(node, kept);
    }
    left.change((all) => all.set(name, kept));
  }
  left.synced = new Map(left.names);
  left.unsynced = [];
  return left;
}

function tornFile({ content, synced }: FileNode, random: Random): FileNode {
  const left = new FileNode();
  const shorter = Math.min(content.length, synced.length);
  // A file that was cut may be as it was before.
  const whole = synced.length > content.length && random() < 0.5 ? synced : content;
  const grown = whole.length - shorter;
  const kept = random() < 0.3 ? grown : Math.floor(random() * (grown + 1));
  left.content = whole.slice(0, shorter + kept);
  for (let at = shorter; at < left.content.length; at += sector) {
    if (random() < 0.2) left.content.fill(0, at, at + sector);
  }
  left.synced = left.content;
  return left;
}
