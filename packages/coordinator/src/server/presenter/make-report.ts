/**
 * The report of a run that may be going on, made by a process of its own: reading all of a long log takes seconds, in which
 * this one could not train.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { errorText, gantryError } from '@gantry/shared';
import type { RunDirectory } from '../../run/directory.ts';

const command = fileURLToPath(new URL('../../../bin/gantry.js', import.meta.url));
const run = promisify(execFile);

/** Under way: who asks meanwhile gets the same. */
const making = new Map<string, Promise<Buffer>>();

/** @throws REPORT_FAILED with what `gantry report` said */
export function makeReport({ path }: RunDirectory): Promise<Buffer> {
  const found = making.get(path);
  if (found !== undefined) return found;
  const made = make(path).finally(() => making.delete(path));
  making.set(path, made);
  return made;
}

async function make(path: string): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-report-'));
  try {
    const file = join(folder, 'report.html');
    await run(process.execPath, [command, 'report', path, '--out', file]);
    return await readFile(file);
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    throw gantryError('REPORT_FAILED', (said || errorText(error)).replace(/\.$/, ''));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
