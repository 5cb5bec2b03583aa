/** `gantry report`: one file that tells a run, and opens without a server. */
import { join, resolve } from 'node:path';
import { errorText, formatBytes, gantryError } from '@gantry/shared';
import { builtPage } from '../pages/build.ts';
import { collectReport } from '../report/collect.ts';
import { composeReport } from '../report/compose.ts';
import { RunDirectory } from '../run/directory.ts';
import { writeWhole } from '../run/files.ts';
import { oneOf } from './configure.ts';

export interface ReportOptions {
  readonly out?: string | undefined;
  readonly language?: string | undefined;
}

/**
 * @param run - a run directory: report.html in it is written anew, unless another place is named
 * @returns the exit code
 * @throws RUN_DIRECTORY, OPTION_INVALID, CONFIG_*
 */
export async function report(
  run: string,
  options: ReportOptions,
  output: NodeJS.WritableStream = process.stdout,
): Promise<number> {
  const language =
    options.language === undefined ? null : oneOf('--language', options.language, ['en', 'zh'] as const);
  const directory = new RunDirectory(run);
  const data = await collectReport(directory, language);
  const built = await builtPage('report', (line) => output.write(`${line}\n`));
  const page = await composeReport(data, built);
  const file = resolve(options.out ?? join(directory.path, 'report.html'));
  await writeWhole(file, page).catch((error: unknown) => {
    throw gantryError('OPTION_INVALID', '--out', file, `a file that can be written (${errorText(error)})`);
  });
  if (data.damagedLines > 0) {
    output.write(
      `Note: ${data.damagedLines} lines of ${directory.events} cannot be read and are left out.\n`,
    );
  }
  output.write(`Report (${formatBytes(Buffer.byteLength(page))}): ${file}\n`);
  return 0;
}
