/** What `gantry measure` is given: a run, one of its checkpoints, or a generator that `gantry export` wrote. */
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { errorText, gantryError, parseConfig, type GantryError, type RunConfig } from '@gantry/shared';
import type { AnyGenerator, LayersModel } from '@gantry/worker/headless/measure';
import { generatorOf, weightKinds, type WeightKind } from '../export/generator.ts';
import { readSafetensorsGenerator } from '../export/torch.ts';
import { RunDirectory } from '../run/directory.ts';
import { openSource } from '../run/source.ts';

/** What of model.json says what it is. */
interface ModelJson extends LayersModel {
  readonly weightsManifest: readonly {
    readonly paths: readonly string[];
    readonly weights: readonly object[];
  }[];
  readonly userDefinedMetadata?: Readonly<Record<string, unknown>>;
}

export interface Subject {
  /** Its file. */
  readonly path: string;
  readonly config: RunConfig;
  readonly generator: AnyGenerator;
  readonly iteration: number;
  readonly weights: WeightKind;
}

/**
 * @param path - a run directory (its latest checkpoint), a checkpoint in one, or an export: its directory or file
 * @param weights - of a run or checkpoint; an export has what it has
 * @throws RUN_DIRECTORY, SOURCE_INVALID, SAFETENSORS_INVALID, CONFIG_*
 */
export async function openSubject(path: string, weights: WeightKind): Promise<Subject> {
  const given = resolve(path);
  const kind = await stat(given).catch((error: NodeJS.ErrnoException) => {
    throw invalid(given, error.code === 'ENOENT' ? 'there is no such file or directory' : error.message);
  });
  if (!kind.isDirectory()) return openFile(given, weights);
  for (const name of ['config.json', 'generator.safetensors', 'model.json']) {
    const file = join(given, name);
    // oxlint-disable-next-line no-await-in-loop -- the first that is there
    const there = await stat(file).then(
      (found) => found.isFile(),
      () => false,
    );
    if (there) return name === 'config.json' ? openRun(given, given, weights) : openFile(file, weights);
  }
  throw invalid(given, 'neither a run nor an exported generator is in it');
}

function openFile(file: string, weights: WeightKind): Promise<Subject> {
  if (basename(file) === 'model.json') return openTfjs(file);
  if (basename(dirname(file)) === 'checkpoints') return openRun(dirname(dirname(file)), file, weights);
  if (file.endsWith('.safetensors')) return openTorch(file);
  throw invalid(
    file,
    'it is neither a checkpoint of a run nor model.json or generator.safetensors of an export',
  );
}

/** @param source - the run, or its checkpoint that is meant */
async function openRun(run: string, source: string, weights: WeightKind): Promise<Subject> {
  const config = await new RunDirectory(run).readConfig();
  const { checkpoint } = await openSource(source);
  const { state, iteration } = generatorOf(config, checkpoint, weights);
  return { path: checkpoint.path, config, generator: { kind: 'state', state }, iteration, weights };
}

async function openTorch(file: string): Promise<Subject> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw invalid(file, errorText(error));
  });
  const { state, ...facts } = readSafetensorsGenerator(bytes);
  return { path: file, ...facts, generator: { kind: 'state', state } };
}

async function openTfjs(file: string): Promise<Subject> {
  try {
    const model = JSON.parse(await readFile(file, 'utf8')) as ModelJson;
    const { config, iteration, weights: kind } = model.userDefinedMetadata ?? {};
    if (config === undefined) throw invalid(file, 'it does not say what run it is of. Export the run again');
    const parts = model.weightsManifest.flatMap(({ paths }) => paths);
    const weights = Buffer.concat(
      await Promise.all(parts.map((part) => readFile(join(dirname(file), part)))),
    );
    return {
      path: file,
      config: parseConfig(config),
      generator: { kind: 'tfjs', model, weights },
      iteration: Number(iteration),
      weights: weightKinds.find((each) => each === kind) ?? 'ema',
    };
  } catch (error) {
    throw error instanceof Error && error.name === 'GantryError' ? error : invalid(file, errorText(error));
  }
}

const invalid = (path: string, reason: string): GantryError =>
  gantryError(
    'SOURCE_INVALID',
    path,
    `${reason}. Name a run directory, as in runs/NAME, a .safetensors file in its checkpoints/, or what gantry export wrote`,
  );
