/** What this machine could do better, and why it does not: read off its tests and its browser. */
import type { BackendTest } from '@gantry/shared';

/**
 * - `threads`: wasm has one only, for want of https;
 * - `half`: WebGL computes in 16 bits;
 * - `webgl`, `wasm`: it does not start, or computes wrong.
 */
export type Missing = 'threads' | 'half' | 'webgl' | 'wasm';

/**
 * @param tests - of its backends; empty while they are under way
 * @param isolated - whether pages here may share memory between threads: browsers allow it over https only
 * @param processors - as the browser tells
 */
export function missingHere(
  tests: readonly BackendTest[],
  isolated: boolean,
  processors: number,
): readonly Missing[] {
  const missing = new Set<Missing>();
  for (const { backend, passed, draws } of tests) {
    if (passed || (backend !== 'webgl' && backend !== 'wasm')) continue;
    missing.add(draws && backend === 'webgl' ? 'half' : backend);
  }
  const onWasm = tests.some(({ backend, passed }) => backend === 'wasm' && passed);
  // Half of the processors are the page's: with fewer than four there is no second thread.
  if (onWasm && !isolated && processors >= 4) missing.add('threads');
  return [...missing];
}
