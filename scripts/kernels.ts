/**
 * Compiles the SIMD kernels of the codecs, packages/shared/kernels, into a TypeScript file that holds them: so a browser
 * fetches nothing, and neither starting nor building Gantry needs the compiler.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { gantryError } from '../packages/shared/src/errors.ts';

const root = join(import.meta.dirname, '..');
export const kernelsFile = join(root, 'packages/shared/src/codec/kernels-wasm.ts');

/** @returns the text of `kernelsFile` */
export async function compileKernels(): Promise<string> {
  const output = new Map<string, Uint8Array>();
  const { error } = await asc.main(
    [
      'packages/shared/kernels/index.ts',
      '--baseDir',
      root,
      '--outFile',
      'kernels.wasm',
      '-O3',
      '--noAssert',
      '--runtime',
      'stub',
      '--importMemory',
      '--noExportMemory',
      '--enable',
      'simd',
    ],
    {
      writeFile: (name, contents) => {
        output.set(name, contents as Uint8Array); // the binary; text is written for .wat only
      },
    },
  );
  const binary = output.get('kernels.wasm');
  if (error !== null || binary === undefined) throw error ?? gantryError('INTERNAL', 'asc wrote no binary');
  const base64 = Buffer.from(binary).toString('base64');
  return `/** The compiled kernels, base64. Made by \`npm run kernels\` from packages/shared/kernels; do not edit. */
export const kernelsWasm =
  '${base64}';
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(kernelsFile, await compileKernels());
