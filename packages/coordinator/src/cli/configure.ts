/** From command line options to a configuration. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  configFromLink,
  defaultPreset,
  errorText,
  gantryError,
  isConfigLink,
  parseConfig,
  parseConfigText,
  presetConfig,
  setField,
  type RunConfig,
} from '@gantry/shared';
import type { Dataset } from '../datasets/dataset.ts';
import { openDataset } from '../datasets/open-dataset.ts';
import { statisticsOf } from '../datasets/statistics.ts';

/** Options that make up a configuration, as typed. */
export interface ConfigOptions {
  readonly preset?: string | undefined;
  readonly config?: string | undefined;
  readonly data?: string | undefined;
  readonly seed?: string | undefined;
  readonly iterations?: string | undefined;
  readonly set?: readonly string[] | undefined;
  readonly from?: string | undefined;
  readonly freeze?: readonly string[] | undefined;
}

/**
 * The configuration before data is opened: a preset or file, then single options, then `--set` in order.
 *
 * @throws OPTION_INVALID, CONFIG_*
 */
export async function configure(options: ConfigOptions): Promise<RunConfig> {
  if (options.config !== undefined && options.preset !== undefined) {
    throw gantryError('OPTION_INVALID', '--preset', options.preset, 'one of --preset and --config, not both');
  }
  let config =
    options.config === undefined
      ? presetConfig(options.preset ?? defaultPreset)
      : await readConfigFile(options.config);
  if (options.seed !== undefined) {
    config = { ...config, seed: integer('--seed', options.seed, 0, 0xffffffff) };
  }
  if (options.iterations !== undefined) {
    const iterations = integer('--iterations', options.iterations, 1, 100_000_000);
    config = { ...config, schedule: { ...config.schedule, iterations } };
  }
  for (const assignment of options.set ?? []) {
    const [path, text] = readAssignment(assignment);
    config = setField(config, path, text);
  }
  if (options.data !== undefined) {
    if (config.model.architecture === 'mlp') {
      throw gantryError(
        'OPTION_INVALID',
        '--data',
        options.data,
        'with presets of images (digits, digits-small, images-32)',
      );
    }
    config = { ...config, data: storedData(config.data, resolve(options.data)) };
  }
  if (options.from !== undefined) config = { ...config, from: { path: resolve(options.from) } };
  if (options.freeze !== undefined && options.freeze.length > 0) {
    config = { ...config, freeze: [...options.freeze] };
  }
  if ('path' in config.data && config.data.path === '') {
    throw gantryError(
      'OPTION_INVALID',
      '--data',
      '',
      `a file or directory: preset ${config.preset} has no data of its own`,
    );
  }
  return parseConfig(config);
}

/** @returns path and value, as typed @throws OPTION_INVALID */
export function readAssignment(assignment: string): [path: string, value: string] {
  const equals = assignment.indexOf('=');
  if (equals >= 1) return [assignment.slice(0, equals), assignment.slice(equals + 1)];
  const allowed = 'PATH=VALUE, as in optimizer.generator.learningRate=0.001';
  throw gantryError('OPTION_INVALID', '--set', assignment, allowed);
}

/** Where real data replaces others, images keep their size; a first guess, until the data is opened. */
function storedData(data: RunConfig['data'], path: string): RunConfig['data'] {
  if (data.source === 'images' || data.source === 'idx') {
    const { source, height, width, channels, classes } = data;
    return { source, path, height, width, channels, classes };
  }
  return { source: 'images', path, height: 28, width: 28, channels: 1, classes: 0 };
}

/** @param path - of a file; or a link that the Share view shows */
async function readConfigFile(path: string): Promise<RunConfig> {
  if (isConfigLink(path)) return configFromLink(path);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw gantryError('OPTION_INVALID', '--config', path, `a file that can be read (${errorText(error)})`);
  }
  return parseConfigText(text, path);
}

/** @throws OPTION_INVALID */
export function integer(option: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : NaN;
  if (!(value >= least && value <= most)) {
    throw gantryError('OPTION_INVALID', option, text, `a whole number from ${least} to ${most}`);
  }
  return value;
}

/** @throws OPTION_INVALID */
export function oneOf<T extends string>(option: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === text);
  if (found === undefined) throw gantryError('OPTION_INVALID', option, text, allowed.join(', '));
  return found;
}

/**
 * Opens the configured data, if it is stored, and completes the configuration with what is found: the source,
 * the sizes, the fingerprint.
 *
 * @throws DATA_INVALID, also where the data is not what the configuration's run was trained on
 */
export async function openConfiguredData(
  config: RunConfig,
  progress: (done: number, total: number) => void,
): Promise<{ config: RunConfig; dataset: Dataset | null }> {
  if (config.data.source !== 'idx' && config.data.source !== 'images') return { config, dataset: null };
  const { path, height, width, channels, fingerprint } = config.data;
  const dataset = await openDataset(path, { height, width, channels }, progress);
  if (fingerprint !== undefined && fingerprint !== dataset.fingerprint) {
    throw gantryError(
      'DATA_INVALID',
      path,
      'it is not the data of this run: its examples have changed since',
    );
  }
  return {
    dataset,
    config: parseConfig({
      ...config,
      data: {
        source: dataset.source,
        path,
        height: dataset.height,
        width: dataset.width,
        channels: dataset.channels,
        classes: dataset.classes.length,
        classNames: dataset.classes,
        fingerprint: dataset.fingerprint,
        statistics: statisticsOf(dataset),
      },
    }),
  };
}
