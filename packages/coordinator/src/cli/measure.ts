/** `gantry measure`: how good a run's generator is, in figures. */
import { resolve } from 'node:path';
import { weightKinds } from '../export/generator.ts';
import { measureSubject } from '../measure/measures.ts';
import { openSubject } from '../measure/subject.ts';
import { measureTable, measureWords } from '../measure/table.ts';
import { integer, oneOf, openConfiguredData } from './configure.ts';
import type { ProgressStream } from './progress.ts';
import { createStageLine } from './stage-line.ts';

export interface MeasureOptions {
  readonly samples?: string | undefined;
  readonly seed?: string | undefined;
  readonly data?: string | undefined;
  readonly weights?: string | undefined;
  readonly json?: boolean | undefined;
  /** False: real data is not measured beside real data, which takes as long as the rest. */
  readonly yardstick?: boolean | undefined;
}

export interface MeasureStreams {
  readonly output: NodeJS.WritableStream;
  readonly progress: ProgressStream;
  /** Where feature networks are kept; the user's home by default. */
  readonly features?: string;
}

/**
 * @param path - a run directory, a checkpoint or an export; nothing in it changes
 * @returns the exit code
 * @throws OPTION_INVALID, RUN_DIRECTORY, SOURCE_INVALID, SAFETENSORS_INVALID, CONFIG_*, DATA_INVALID, SAMPLES_NOT_FINITE
 */
export async function measure(
  path: string,
  options: MeasureOptions,
  { output, progress, features }: MeasureStreams = { output: process.stdout, progress: process.stderr },
): Promise<number> {
  const samples = integer('--samples', options.samples ?? '10000', 100, 1_000_000);
  const seed = integer('--seed', options.seed ?? '1', 0, 0xffffffff);
  const weights = oneOf('--weights', options.weights ?? 'ema', weightKinds);
  const subject = await openSubject(path, weights);
  const { data } = subject.config;
  const moved = options.data !== undefined && 'path' in data;
  const configured = moved
    ? { ...subject.config, data: { ...data, path: resolve(options.data) } }
    : subject.config;
  const stages = createStageLine(progress);
  try {
    const { config, dataset } = await openConfiguredData(configured, (done, total) =>
      stages.show('Reading the data', done / total),
    );
    const task = {
      subject,
      config,
      dataset,
      samples,
      seed,
      yardstick: options.yardstick !== false,
      features,
    };
    const report = await measureSubject(task, stages.show);
    stages.end();
    if (options.json === true) {
      output.write(`${JSON.stringify(report, null, 2)}\n`);
      return 0;
    }
    const { head, foot } = measureWords(report);
    output.write(`${head}\n\n${measureTable(report, config)}\n${foot === '' ? '' : `\n${foot}\n`}`);
    return 0;
  } finally {
    stages.end();
  }
}
