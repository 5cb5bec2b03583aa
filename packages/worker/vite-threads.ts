/**
 * Makes the loader of TensorFlow.js's threads survive bundling. Each thread runs the text of one of its functions, in
 * which a variable from around is read behind `typeof`; a minifier that sees the variable drops the `typeof`, and the text
 * by itself fails. So the function gets a variable of its own.
 */
import { gantryError } from '@gantry/shared';
import type { Plugin } from 'vite';

const file = 'tfjs-backend-wasm-threaded-simd.js';
const head = 'function(WasmBackendModuleThreadedSimd) {';

export const selfContainedThreads = (): Plugin => ({
  name: 'gantry-self-contained-threads',
  transform(code, id) {
    if (!id.split('?')[0].endsWith(`/${file}`)) return null;
    const parts = code.split(head);
    if (parts.length !== 2)
      throw gantryError('INTERNAL', `${file} is not as it was: look at vite-threads.ts`);
    // On the same line: what follows stays where it was.
    return { code: parts.join(`${head} var _scriptDir;`), map: null };
  },
});
