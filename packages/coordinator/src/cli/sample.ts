/** `gantry sample`: examples drawn with a run's latest checkpoint, as a PNG. */
import { basename, resolve } from 'node:path';
import {
  classNamesOf,
  errorText,
  exampleShape,
  gantryError,
  isConditional,
  mixtures,
  planModel,
  toPixels,
  type RunConfig,
} from '@gantry/shared';
import { RunDirectory } from '../run/directory.ts';
import { writeWhole } from '../run/files.ts';
import { imageShape, shownClasses } from '../run/sheet.ts';
import { openSource } from '../run/source.ts';
import { imageSheet, pointsSheet } from '../samples/sheet.ts';
import { Trainer } from '../training/trainer.ts';
import { integer } from './configure.ts';

export interface SampleOptions {
  readonly class?: string | undefined;
  readonly count?: string | undefined;
  readonly seed?: string | undefined;
  readonly out?: string | undefined;
}

/** Real points drawn around generated ones. */
const shownReal = 500;
/** Class names told of where one is wrong; the rest is counted. */
const namesTold = 40;

export const localStatisticsNote =
  'Note: with batchNorm.statistics "local" workers keep running statistics to themselves; the checkpoint has those the run began with.';

/**
 * @param run - a run directory; nothing in it changes
 * @returns the exit code
 * @throws RUN_DIRECTORY, SOURCE_INVALID, OPTION_INVALID
 */
export async function sample(
  run: string,
  options: SampleOptions,
  output: NodeJS.WritableStream = process.stdout,
): Promise<number> {
  const count = integer('--count', options.count ?? '64', 1, 10_000);
  const directory = new RunDirectory(run);
  const config = await directory.readConfig();
  const seed = options.seed === undefined ? config.seed : integer('--seed', options.seed, 0, 0xffffffff);
  const label = options.class === undefined ? null : classNumber(options.class, config);
  const { checkpoint } = await openSource(directory.path);
  const { record, tensors } = checkpoint;
  const trainer = new Trainer(config, planModel(config));
  trainer.restore(tensors, record.optimizerSteps);

  const { drawExamples, drawReal } = await import('@gantry/worker/headless/sample');
  const labels = labelsOf(config, count, label);
  const examples = await drawExamples(config, trainer.evaluationState(), count, seed, labels);
  const { source } = config.data;
  const png =
    source === 'ring' || source === 'grid'
      ? await pointsSheet(mixtures[source], examples, await drawReal(config, shownReal))
      : await imageSheet(
          new Uint8Array(toPixels(examples).buffer),
          imageShape(exampleShape(config.data)),
          label === null ? shownClasses(config) : 0,
        );

  const { iteration } = record.position;
  const what = label === null ? '' : `-class-${fileSafe(classNamesOf(config.data)[label])}`;
  const file = resolve(
    options.out ?? `${basename(directory.path)}-iteration-${iteration}${what}-seed-${seed}.png`,
  );
  await writeWhole(file, png).catch((error: unknown) => {
    throw gantryError('OPTION_INVALID', '--out', file, `a file that can be written (${errorText(error)})`);
  });
  const kind = label === null ? '' : ` of class ${classNamesOf(config.data)[label]}`;
  output.write(`${count} examples${kind}, after ${iteration} iterations, seed ${seed}: ${file}\n`);
  if (config.batchNorm.statistics === 'local') output.write(`${localStatisticsNote}\n`);
  return 0;
}

/** @throws OPTION_INVALID where the generator is not told classes, or there is none of that name or number */
export function classNumber(given: string, config: Pick<RunConfig, 'model' | 'data'>): number {
  if (!isConditional(config.model)) {
    throw gantryError(
      'OPTION_INVALID',
      '--class',
      given,
      'with a run whose generator is told what to draw, as with preset digits-conditional or --set model.conditional=true',
    );
  }
  const names = classNamesOf(config.data);
  const named = names.indexOf(given);
  if (named >= 0) return named;
  const number = /^\d+$/.test(given) ? Number(given) : -1;
  if (number >= 0 && number < names.length) return number;
  const rest = names.length > namesTold ? ` and ${names.length - namesTold} more` : '';
  throw gantryError(
    'OPTION_INVALID',
    '--class',
    given,
    `${names.slice(0, namesTold).join(', ')}${rest}, or a number from 0 to ${names.length - 1}`,
  );
}

/** Class of each example: the one asked for, or each in turn as in sample sheets. */
function labelsOf(config: RunConfig, count: number, label: number | null): Int32Array {
  const classes = shownClasses(config);
  return Int32Array.from({ length: classes === 0 ? 0 : count }, (_, i) => label ?? i % classes);
}

/** Class names are names of folders, and may have signs that are no good in a file's. */
const fileSafe = (name: string): string =>
  name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '_').slice(0, 60) || 'unnamed';
