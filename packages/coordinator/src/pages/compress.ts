/** Writes a .gz beside each file that is smaller for it; browsers take gzip over plain http, but not Brotli. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const compress = promisify(gzip);
const compressible = /\.(?:html|js|css|svg|json|wasm|map)$/;

export async function compressFiles(directory: string): Promise<void> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && compressible.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  await Promise.all(
    files.map(async (file) => {
      const original = await readFile(file);
      const compressed = await compress(original, { level: 9 });
      if (compressed.length < original.length) await writeFile(`${file}.gz`, compressed);
    }),
  );
}
