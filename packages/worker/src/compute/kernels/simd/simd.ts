/**
 * Our own loops in WebAssembly with 128-bit SIMD, on the memory of TensorFlow.js's module: no number is copied to or fro.
 * Each gives the bits of the plain loop beside which it stands, which runs where there is no SIMD, or no way to that
 * memory: the module with threads keeps its own to itself.
 */
import type { Backend } from '../wasm-kernel.ts';
import { assemble } from './assembler.ts';
import { columnFunctions } from './columns.ts';
import { elementwiseFunctions } from './elementwise.ts';
import { productFunctions } from './products.ts';

const functions = { ...elementwiseFunctions, ...columnFunctions, ...productFunctions };

/** By name; what they take is addresses and sizes in bytes. */
export type Simd = Readonly<Record<keyof typeof functions, (...numbers: number[]) => void>>;

let bytes: Uint8Array<ArrayBuffer> | undefined;
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
  bytes ??= assemble(functions);
  if (!WebAssembly.validate(bytes)) return null;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  return exports as unknown as Simd; // as assembled above
}

/** Emscripten keeps a module's exports under this name; without threads its memory is one of them. */
function memoryOf({ wasm }: Backend): WebAssembly.Memory | null {
  const { memory } = (wasm as { readonly asm?: { readonly memory?: unknown } }).asm ?? {};
  return memory instanceof WebAssembly.Memory ? memory : null;
}
