/**
 * Compiles SIMD kernels, those of the codecs (packages/shared/kernels) and of training (packages/worker/kernels), into
 * TypeScript files that hold them: so a browser fetches nothing, and neither starting nor building Gantry needs the
 * compiler.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { gantryError } from '../packages/shared/src/errors.ts';

const root = join(import.meta.dirname, '..');

/** By the folder of the sources, the file that holds what they are compiled to. */
export const kernelsFiles = {
  'packages/shared/kernels': join(root, 'packages/shared/src/codec/kernels-wasm.ts'),
  'packages/worker/kernels': join(root, 'packages/worker/src/compute/kernels/simd-wasm.ts'),
} as const;
const constants = {
  'packages/shared/kernels': 'kernelsWasm',
  'packages/worker/kernels': 'simdWasm',
} as const;
export type KernelsFolder = keyof typeof kernelsFiles;
const folders = Object.keys(kernelsFiles) as KernelsFolder[];

/** @returns the text of the folder's file */
export async function compileKernels(folder: KernelsFolder): Promise<string> {
  const output = new Map<string, Uint8Array>();
  const { error } = await asc.main(
    [
      `${folder}/index.ts`,
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
  return `/** The compiled kernels, base64. Made by \`npm run kernels\` from ${folder}; do not edit. */
export const ${constants[folder]} =
  '${base64}';
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const texts = await Promise.all(folders.map(compileKernels));
  folders.forEach((folder, i) => writeFileSync(kernelsFiles[folder], texts[i]));
}
