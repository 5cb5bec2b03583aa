/** Where the tab finds the wasm binaries. Only the tab imports this: `?url` is Vite's; in Node they are found as they lie. */
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threadedSimd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import { setWasmPaths } from '../compute/tf.ts';

/** Whole addresses, for workers that have none of their own to complete a path with. */
const address = (path: string): string => new URL(path, import.meta.url).href;

/** Call before the wasm backend starts. */
export function useBundledWasm(): void {
  setWasmPaths({
    'tfjs-backend-wasm.wasm': address(plain),
    'tfjs-backend-wasm-simd.wasm': address(simd),
    'tfjs-backend-wasm-threaded-simd.wasm': address(threadedSimd),
  });
}
