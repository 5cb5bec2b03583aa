/** `gantry export`: a run's generator, or its curves, for other programs. */
import { mkdir, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { errorText, gantryError } from '@gantry/shared';
import { generatorOf, weightKinds, type ExportedGenerator } from '../export/generator.ts';
import { exampleFiles, tfjsFiles, type ExportedFiles } from '../export/tfjs.ts';
import { safetensorsFile } from '../export/torch.ts';
import { builtPage } from '../pages/build.ts';
import { RunDirectory } from '../run/directory.ts';
import { writeWhole, type Content } from '../run/files.ts';
import { openSource } from '../run/source.ts';
import { fileName, tensorBoardFile } from '../tensorboard/log.ts';
import { oneOf } from './configure.ts';
import { localStatisticsNote } from './sample.ts';

export interface ExportOptions {
  readonly to: string;
  readonly format?: string | undefined;
  readonly weights?: string | undefined;
  readonly force?: boolean | undefined;
}

export const exportFormats = ['tfjs', 'safetensors', 'tensorboard'] as const;

/**
 * @param run - a run directory; nothing in it changes
 * @returns the exit code
 * @throws RUN_DIRECTORY, SOURCE_INVALID, OPTION_INVALID, EXPORT_LAYER
 */
export async function exportRun(
  run: string,
  options: ExportOptions,
  output: NodeJS.WritableStream = process.stdout,
): Promise<number> {
  const format = oneOf('--format', options.format ?? 'tfjs', exportFormats);
  const weights = oneOf('--weights', options.weights ?? 'ema', weightKinds);
  const say = (line: string): void => void output.write(`${line}\n`);
  const directory = new RunDirectory(run);
  const config = await directory.readConfig();
  const to = resolve(options.to);
  if (options.force !== true) await checkEmpty(to);
  if (format === 'tensorboard') {
    const name = fileName(Date.now());
    await write(to, new Map([[name, tensorBoardFile(directory)]]));
    say(`Losses, norms, measures and sheets are in ${join(to, name)}.`);
    say(`Look at them: tensorboard --logdir "${to}"`);
    return 0;
  }
  const { checkpoint } = await openSource(directory.path);
  const generator = generatorOf(config, checkpoint, weights);
  const files = await filesOf(generator, format, say);
  await write(to, files);
  say(
    `The generator after ${generator.iteration} iterations (${weights === 'ema' ? 'moving average' : 'raw parameters'}) is in ${to}:`,
  );
  say(`  ${[...files.keys()].join('  ')}`);
  if (config.batchNorm.statistics === 'local') say(localStatisticsNote);
  if (format === 'tfjs') say(`Draw with it: npx serve "${to}", then open the address that it prints.`);
  return 0;
}

async function filesOf(
  generator: ExportedGenerator,
  format: 'tfjs' | 'safetensors',
  log: (line: string) => void,
): Promise<ExportedFiles> {
  if (format === 'safetensors') return new Map([['generator.safetensors', safetensorsFile(generator)]]);
  // First, since it may be refused.
  const model = tfjsFiles(generator);
  return new Map([...model, ...(await exampleFiles(await builtPage('example', log)))]);
}

/** @throws OPTION_INVALID */
async function checkEmpty(to: string): Promise<void> {
  const held = await readdir(to).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw unwritable(to, error);
  });
  if (held.length === 0) return;
  throw gantryError(
    'OPTION_INVALID',
    '--to',
    to,
    'a new or empty directory, or add --force to write into it',
  );
}

async function write(to: string, files: ReadonlyMap<string, Content>): Promise<void> {
  try {
    await mkdir(to, { recursive: true });
    await Promise.all([...files].map(([name, content]) => writeWhole(join(to, name), content)));
  } catch (error) {
    throw unwritable(to, error);
  }
}

const unwritable = (to: string, error: unknown) =>
  gantryError('OPTION_INVALID', '--to', to, `a directory that can be written to (${errorText(error)})`);
