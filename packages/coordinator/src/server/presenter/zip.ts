/** Files in a zip. They are stored as they are: weights and pictures do not compress, and the coordinator has other work. */
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Zip, ZipPassThrough, zipSync } from 'fflate';
import type { ExportedFiles } from '../../export/tfjs.ts';
import type { RunDirectory } from '../../run/directory.ts';

export function zipped(files: ExportedFiles): Uint8Array {
  const encoder = new TextEncoder();
  const bytes = [...files].map(([name, content]) => [
    name,
    typeof content === 'string' ? encoder.encode(content) : content,
  ]);
  return zipSync(Object.fromEntries(bytes), { level: 0 });
}

/** All sample sheets of a run, one after the other: there may be thousands. */
export const zippedSheets = (directory: RunDirectory): Readable => Readable.from(sheetsZip(directory));

async function* sheetsZip({ samples, disk }: RunDirectory): AsyncGenerator<Uint8Array> {
  let chunks: Uint8Array[] = [];
  let failure: Error | null = null;
  const zip = new Zip((error, chunk) => {
    failure ??= error;
    chunks.push(chunk);
  });
  const names = (await disk.names(samples)).filter((name) => /^\d+\.png$/.test(name)).toSorted();
  for (const name of names) {
    const file = new ZipPassThrough(name);
    zip.add(file);
    // oxlint-disable-next-line no-await-in-loop -- one in memory at a time
    file.push(await disk.read(join(samples, name)), true);
    if (failure !== null) throw failure as Error;
    yield* chunks;
    chunks = [];
  }
  zip.end();
  yield* chunks;
}
