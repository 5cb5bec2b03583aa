/** A whole lab: all cells of a scenario under all seeds, those that are done already left out, and what is written of them. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checksum64, gantryError } from '@gantry/shared';
import { writeWhole } from '../run/files.ts';
import { resultFile, type CellTask } from './cell/cell-process.ts';
import type { CellResult } from './cell/result.ts';
import { runAll } from './pool.ts';
import { csvOf } from './report/csv.ts';
import { cellsOf, configOf, type Cell } from './scenario/cells.ts';

export interface LabOptions {
  /** As parsed from a file. */
  readonly raw: unknown;
  readonly place: string;
  readonly seeds: readonly number[];
  readonly folder: string;
  readonly processes: number;
  readonly signal: AbortSignal;
  readonly told: (progress: LabProgress) => void;
}

export interface LabProgress {
  /** Cells times seeds; how many are done, and how many were from before. */
  readonly all: number;
  readonly done: number;
  readonly kept: number;
  /** Of those that were to be run now, as a share with what is under way. */
  readonly share: number;
}

/** What a lab came to, cells in the scenario's order, seeds within. */
export interface LabResult {
  readonly cells: readonly Cell[];
  readonly seeds: readonly number[];
  readonly results: readonly CellResult[];
}

/**
 * @returns null where it was interrupted
 * @throws SCENARIO_INVALID, CONFIG_*, LAB_DIRECTORY, CELL_FAILED
 */
export async function runLab(options: LabOptions): Promise<LabResult | null> {
  const { raw, place, seeds, folder, processes, signal, told } = options;
  const cells = cellsOf(raw, place);
  for (const cell of cells) configOf(cell.scenario, seeds[0]); // what is wrong is said before anything is run
  await open(folder, raw, cells[0].scenario.name);
  const tasks = cells.flatMap((cell, index) =>
    seeds.map((seed) => ({ cell, task: taskOf(cell, index, seed, options) })),
  );
  const before = await Promise.all(tasks.map(({ task }) => readResult(task)));
  const missing = tasks.filter((_, i) => before[i] === null).map(({ task }) => task);
  const shares = new Map<CellTask, number>();
  const tell = (): void => {
    const all = tasks.length;
    const kept = all - missing.length;
    const finished = [...shares.values()].filter((share) => share === 1).length;
    const share = [...shares.values()].reduce((sum, each) => sum + each, 0) / Math.max(1, missing.length);
    told({ all, done: kept + finished, kept, share });
  };
  tell();
  await runAll(
    missing,
    processes,
    (task, share) => {
      shares.set(task, share);
      tell();
    },
    signal,
  );
  if (signal.aborted) return null;
  const results = await Promise.all(tasks.map(({ task }) => readResult(task)));
  const found = { cells, seeds, results: results as CellResult[] }; // all are there now
  await writeWhole(join(folder, 'cells.csv'), csvOf(found));
  return found;
}

const scenarioFile = 'scenario.json';

/** @throws LAB_DIRECTORY where another scenario's results are in it */
async function open(folder: string, raw: unknown, name: string): Promise<void> {
  const path = join(folder, scenarioFile);
  const before = await readFile(path, 'utf8').catch(() => null);
  if (before !== null) {
    const { name: other } = JSON.parse(before) as { readonly name?: unknown };
    if (other !== name) throw gantryError('LAB_DIRECTORY', folder, String(other));
  }
  await mkdir(folder, { recursive: true });
  await writeWhole(path, `${JSON.stringify(raw, null, 2)}\n`);
}

function taskOf(cell: Cell, index: number, seed: number, { raw, place, folder }: LabOptions): CellTask {
  // What a cell comes to depends on: not what is asked, nor which others there are.
  const { scenario } = cell;
  const { population, faults, measure, longest, target } = scenario;
  const of = [configOf(scenario, seed), population, faults, measure, longest, target?.measure];
  const key = checksum64(new TextEncoder().encode(JSON.stringify(of)));
  return { raw, place, index, seed, folder: join(folder, 'cells', `${cell.slug}-seed-${seed}`), key };
}

/** What the cell came to, if it is done and was the same. */
async function readResult({ folder, key }: CellTask): Promise<CellResult | null> {
  try {
    const { key: of, ...result } = JSON.parse(
      await readFile(join(folder, resultFile), 'utf8'),
    ) as CellResult & {
      readonly key: string;
    };
    return of === key ? result : null;
  } catch {
    return null;
  }
}
