/**
 * The SIMD kernels (sources in packages/shared/kernels) and the memory they work in. The module is a few KiB and part
 * of the source: nothing is fetched, so it works in a Web Worker on a page without https as well.
 *
 * Payloads are worked on in windows that stay in the nearest cache: copying bytes there costs little beside the work,
 * and memory never grows, so that views of it stay valid.
 */
import { kernelsWasm } from './kernels-wasm.ts';
import { windowLength } from './runs.ts';

/** Places are byte offsets in the memory; lengths count numbers. */
interface KernelExports {
  add(total: number, numbers: number, length: number): void;
  subtract(values: number, numbers: number, length: number): void;
  largestFloat32(numbers: number, length: number): number;
  largestFloat16(from: number, length: number): number;
  largestInt8(from: number, length: number): number;
  keepsSubnormals(smallest: number): number;
  encodeFloat16(numbers: number, length: number, into: number): void;
  decodeFloat16(from: number, length: number, out: number): void;
  encodeInt8(
    numbers: number,
    length: number,
    into: number,
    chances: number,
    first: number,
    example: number,
    step: number,
    pass: number,
    key0: number,
    key1: number,
  ): void;
  decodeInt8(from: number, length: number, out: number): void;
  countAll(numbers: number, length: number, shift: number, histogram: number): void;
  countBelow(
    numbers: number,
    length: number,
    prefix: number,
    shift: number,
    mask: number,
    histogram: number,
  ): void;
  collect(
    numbers: number,
    length: number,
    first: number,
    cut: number,
    ties: number,
    indices: number,
    values: number,
  ): number;
  ascending(indices: number, k: number, least: number, length: number): number;
  scatterAdd(total: number, length: number, indices: number, values: number, k: number): void;
  hashStripes(from: number, bytes: number, lanes: number): void;
  adam(
    parameters: number,
    gradient: number,
    first: number,
    second: number,
    length: number,
    beta1: number,
    rest1: number,
    beta2: number,
    rest2: number,
    rate: number,
    correction: number,
    epsilon: number,
  ): void;
  moveAverage(average: number, numbers: number, length: number, decay: number, rest: number): void;
  scaleAndSquare(numbers: number, length: number, scale: number): number;
  products(x: number, rows: number, y: number, columns: number, length: number, out: number): void;
}

/** Room for a window of float32 numbers, and for what kernels may overwrite behind it. */
const windowBytes = 4 * windowLength + 256;
/** Where things lie in a memory. Nothing lies at 0, where a wrong pointer would point. */
export const places = {
  ties: 128,
  lanes: 144,
  numbers: 256,
  bytes: 256 + windowBytes,
  extra: 256 + 2 * windowBytes,
  vectors: 256 + 3 * windowBytes,
} as const;
const pageBytes = 65536;
/** A line of the cache: each vector begins with one. */
const lineBytes = 64;

/** A memory with its kernels: three windows of `windowLength` numbers, and perhaps vectors behind them. */
export interface Workspace {
  readonly kernels: KernelExports;
  readonly buffer: ArrayBuffer;
  /** Decoded numbers, or those to encode. */
  readonly numbers: Float32Array<ArrayBuffer>;
  /** The bytes of `numbers`. */
  readonly numberBytes: Uint8Array<ArrayBuffer>;
  /** Encoded bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What some need besides: as numbers, random words, values at indices. */
  readonly extra: Float32Array<ArrayBuffer>;
}

const newMemory = (bytes: number): WebAssembly.Memory =>
  new WebAssembly.Memory({ initial: Math.ceil(bytes / pageBytes) });

const importsOf = (memory: WebAssembly.Memory): WebAssembly.Imports => ({ env: { memory } });

function workspaceOf({ exports }: WebAssembly.Instance, { buffer }: WebAssembly.Memory): Workspace {
  return {
    kernels: exports as unknown as KernelExports, // those of packages/shared/kernels/index.ts
    buffer,
    numbers: new Float32Array(buffer, places.numbers, windowLength),
    numberBytes: new Uint8Array(buffer, places.numbers, windowBytes),
    bytes: new Uint8Array(buffer, places.bytes, windowBytes),
    extra: new Float32Array(buffer, places.extra, windowLength),
  };
}

/** null where there is no SIMD, or where it is not what WebAssembly says: then plain TypeScript does the work. */
async function start(): Promise<{ compiled: WebAssembly.Module; workspace: Workspace } | null> {
  const bytes = Uint8Array.from(atob(kernelsWasm), (character) => character.charCodeAt(0));
  if (!WebAssembly.validate(bytes)) return null;
  const compiled = await WebAssembly.compile(bytes);
  const memory = newMemory(places.vectors);
  const workspace = workspaceOf(await WebAssembly.instantiate(compiled, importsOf(memory)), memory);
  return workspace.kernels.keepsSubnormals(2 ** -149) ? { compiled, workspace } : null;
}

const started = await start();

/** Where payloads are encoded and decoded that belong to no total; null where there are no kernels. */
export const sharedWorkspace = started?.workspace ?? null;

const homes = new WeakMap<ArrayBufferLike, Workspace>();

/** The workspace in whose memory an array of `newVectors`, or a view of one, lies. */
export const homeOf = (array: Float32Array): Workspace | undefined => homes.get(array.buffer);

/**
 * Zeroed arrays of these lengths that lie side by side in one memory, with kernels of its own that work on them where
 * they lie. Ordinary arrays work as well, slower.
 */
export function newVectors(lengths: readonly number[]): Float32Array<ArrayBuffer>[] {
  const ordinary = (): Float32Array<ArrayBuffer>[] => lengths.map((length) => new Float32Array(length));
  if (started === null) return ordinary();
  let end: number = places.vectors;
  const offsets = lengths.map((length) => {
    const offset = end;
    end += Math.ceil((4 * length) / lineBytes) * lineBytes;
    return offset;
  });
  try {
    const memory = newMemory(end);
    const instance = new WebAssembly.Instance(started.compiled, importsOf(memory));
    homes.set(memory.buffer, workspaceOf(instance, memory));
    return lengths.map((length, i) => new Float32Array(memory.buffer, offsets[i], length));
  } catch (thrown) {
    // Each memory reserves addresses for 4 GiB or more, of which there may be no more to have; and older browsers
    // instantiate more than 4 KiB outside of Web Workers only.
    if (thrown instanceof RangeError) return ordinary();
    throw thrown;
  }
}

/** One of `newVectors` by itself, so that `addTo` into it copies nothing but the encoded bytes. */
export const newTotal = (length: number): Float32Array<ArrayBuffer> => newVectors([length])[0];
