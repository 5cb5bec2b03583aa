/**
 * Our own loops in WebAssembly with 128-bit SIMD (sources in packages/worker/kernels), on the memory of TensorFlow.js's
 * module: no number is copied to or fro. Each gives the bits of the plain loop beside which it stands, which runs where
 * there is no SIMD, or no way to that memory: the module with threads keeps its own to itself.
 */
import { simdWasm } from './simd-wasm.ts';
import type { Backend } from './wasm-kernel.ts';

/** Places are addresses in the memory, sizes are bytes. */
export interface Simd {
  timesSlope(x: number, y: number, out: number, bytes: number, alpha: number): void;
  columnSums(x: number, sums: number, fours: number, all: number, width: number): void;
  columnProducts(
    y: number,
    x: number,
    yCentre: number,
    xCentre: number,
    sums: number,
    fours: number,
    all: number,
    width: number,
  ): void;
  columnAffine(out: number, x: number, scale: number, shift: number, all: number, width: number): void;
  addScaledColumns(out: number, x: number, scale: number, all: number, width: number): void;
  packColumns(b: number, width: number, all: number, panel: number): void;
  addProducts(
    table: number,
    tableEnd: number,
    aWidth: number,
    panel: number,
    bWidth: number,
    out: number,
    room: number,
  ): void;
  spread(from: number, all: number, run: number, to: number, step: number): void;
}

const made = new WeakMap<Backend, Simd | null>();

/** Makes plain loops do, or not any longer: for tests, which have no other way to see that the bits are the same. */
export function withoutSimd(backend: Backend, without: boolean): void {
  if (without) made.set(backend, null);
  else made.delete(backend);
}

/** null: plain loops must do. */
export function simdOf(backend: Backend): Simd | null {
  let simd = made.get(backend);
  if (simd === undefined) made.set(backend, (simd = make(backend)));
  return simd;
}

function make(backend: Backend): Simd | null {
  const memory = memoryOf(backend);
  if (memory === null) return null;
  const bytes = Uint8Array.from(atob(simdWasm), (character) => character.charCodeAt(0));
  if (!WebAssembly.validate(bytes)) return null;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  return exports as unknown as Simd; // those of packages/worker/kernels/index.ts
}

/** Emscripten keeps a module's exports under this name; without threads its memory is one of them. */
function memoryOf({ wasm }: Backend): WebAssembly.Memory | null {
  const { memory } = (wasm as { readonly asm?: { readonly memory?: unknown } }).asm ?? {};
  return memory instanceof WebAssembly.Memory ? memory : null;
}
