/**
 * Threads of the wasm backend. Its module with threads shares memory between them, which browsers allow on pages that are
 * cross-origin isolated. What it computes is the same to the bit: threads share out results, and each sum is made by one.
 */
import * as tf from './tf.ts';

/** More gain little on networks of this size, and other tabs want some too. */
const most = 4;

/** Numbers of threads worth trying here. TensorFlow.js takes no more than half of the processors, the rest is the page's. */
export function threadsToTry(): readonly number[] {
  const { crossOriginIsolated, navigator } = globalThis as {
    readonly crossOriginIsolated?: boolean;
    readonly navigator?: { readonly hardwareConcurrency?: number };
  };
  if (crossOriginIsolated !== true) return [1];
  const threads = Math.min(most, Math.floor((navigator?.hardwareConcurrency ?? 1) / 2));
  return threads > 1 ? [1, threads] : [1];
}

/** Call while the backend is not there: it starts with so many. */
export function setThreads(threads: number): void {
  // Else its module is that for threads wherever they are possible, and our SIMD loops do not reach its memory.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', threads > 1);
  tf.setThreadsCount(threads);
}
