/** What a lab's report holds, gathered from its results and the folders of its cells. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Buckets } from '../../run/buckets.ts';
import { systemDisk } from '../../run/disk.ts';
import { courseOf, wholeRun } from '../../run/past.ts';
import { chiefOf } from '../cell/chief.ts';
import type { Detected } from '../cell/detectors.ts';
import type { CellResult } from '../cell/result.ts';
import type { LabResult } from '../lab.ts';
import { configOf, isBase } from '../scenario/cells.ts';
import { answerOf, type Finding } from './answer.ts';
import { pathFrom, seedsText, word } from './commands.ts';
import { curveOf, thinned } from './curve.ts';
import type { LabReportData, Losses, ReportCell, ReportSheet } from './data.ts';
import { columnsOf, figuresOf } from './figures.ts';
import { quantitiesOf } from './quantities.ts';

/** Points of a curve: more than a chart's width can tell apart would only make the file larger. */
const mostPoints = 100;
/** Buckets of losses: 64 to 128 points. */
const mostBuckets = 128;
/** Sheets of a cell, and bytes of all sheets in the file. */
const mostSheets = 12;
const mostSheetBytes = 12 * 2 ** 20;
/** Of a run that did not come to its end these cannot be compared; nor can its last measures, which are of fewer iterations. */
const ofWholeRuns = ['seconds', 'bytes', 'bytesUp', 'bytesDown'];

export interface LabPlace {
  /** As the command had it: a file, or a shipped scenario's name. */
  readonly which: string;
  /** As with `--set`. */
  readonly settings: readonly string[];
  /** The lab's, absolute. */
  readonly folder: string;
  /** Where commands are run. */
  readonly from: string;
}

export async function collectLabReport(lab: LabResult, place: LabPlace): Promise<LabReportData> {
  const { cells, seeds, results } = lab;
  const of = (cell: number): readonly CellResult[] =>
    results.slice(cell * seeds.length, (cell + 1) * seeds.length);
  const columns = columnsOf(results);
  const figures = cells.map(({ scenario }, cell) =>
    of(cell).map((result) => {
      const { batch } = configOf(scenario, result.seed);
      const row = figuresOf(result, scenario.target, batch.microbatch, columns);
      if (result.outcome !== 'complete') {
        for (const name of [...ofWholeRuns, ...columns.measures]) row.set(name, null);
      }
      return row;
    }),
  );
  const base = Math.max(
    0,
    cells.findIndex(({ scenario, choice }) => isBase(scenario, choice)),
  );
  const { scenario } = cells[base];
  const quantities = quantitiesOf(figures, columns.measures, base);
  const chief = chiefOf(scenario.target, columns.measures);
  const shown = await sheetsOf(
    results.filter((_, i) => i % seeds.length === 0),
    place.folder,
  );
  return {
    name: scenario.name,
    language: null,
    question: scenario.question,
    about: scenario.about,
    seeds,
    base,
    chief,
    measures: columns.measures.filter((name) => quantities.some((each) => each.name === name)),
    target: scenario.target ?? null,
    answer: answerOf({
      base,
      chief,
      quantities,
      hasTarget: scenario.target !== undefined,
      cells: cells.map((_, cell) => ({
        checksums: of(cell).map(({ parametersChecksum }) => parametersChecksum),
        complete: of(cell).map(({ outcome }) => outcome === 'complete'),
        findings: findingsOf(of(cell)),
      })),
    }),
    quantities,
    cells: await Promise.all(
      cells.map(async (cell, index): Promise<ReportCell> => {
        const folder = cellFolder(place.folder, of(index)[0]);
        const config = word(join(pathFrom(folder, place.from), 'config.json'));
        return {
          label: cell.label,
          machines: of(index)[0].machines,
          outcomes: outcomesOf(of(index)),
          detected: detectedIn(of(index)),
          curve: curveOf(
            of(index).map(({ measured }) => measured),
            mostPoints,
          ),
          losses: await lossesOf(join(folder, 'events.jsonl')),
          sheets: shown[index],
          live: `npm start -- --config ${config} --lobby --workers 0`,
        };
      }),
    ),
    command: commandOf(place, seeds),
    machineSeconds: results.reduce((sum, { machineSeconds }) => sum + machineSeconds, 0),
  };
}

const cellFolder = (folder: string, { slug, seed }: CellResult): string =>
  join(folder, 'cells', `${slug}-seed-${seed}`);

function commandOf({ which, settings, folder, from }: LabPlace, seeds: readonly number[]): string {
  const out = word(pathFrom(folder, from));
  const set = settings.map((assignment) => ` --set ${word(assignment)}`).join('');
  return `npm run gantry -- lab ${word(which)} --seeds ${seedsText(seeds)}${set} --out ${out}`;
}

function outcomesOf(results: readonly CellResult[]): ReportCell['outcomes'] {
  const outcomes = [...new Set(results.map(({ outcome }) => outcome))];
  return outcomes.map((outcome) => ({
    outcome,
    seeds: results.filter((result) => result.outcome === outcome).map(({ seed }) => seed),
  }));
}

function detectedIn(results: readonly CellResult[]): ReportCell['detected'] {
  const kinds = Object.keys(results[0].detected) as (keyof Detected)[];
  return kinds.flatMap((kind) => {
    const at = results.flatMap(({ seed, detected }) => {
      const iteration = detected[kind];
      return iteration === null ? [] : [{ seed, iteration }];
    });
    return at.length === 0 ? [] : [{ kind, at }];
  });
}

function findingsOf(results: readonly CellResult[]): Partial<Record<Finding, number[]>> {
  const unfinished = results.filter(({ outcome }) => outcome !== 'complete' && outcome !== 'diverged');
  return {
    ...Object.fromEntries(
      detectedIn(results).map(({ kind, at }) => [kind, at.map(({ iteration }) => iteration)]),
    ),
    ...(unfinished.length > 0 ? { unfinished: unfinished.map(({ iterations }) => iterations) } : {}),
  };
}

async function lossesOf(events: string): Promise<Losses | null> {
  const buckets = new Buckets(mostBuckets, 2, false);
  for await (const { type, iteration, phase, loss } of courseOf(events, wholeRun, systemDisk)) {
    if (type === 'step' && typeof loss === 'number') buckets.add(Number(iteration), String(phase), loss);
  }
  const { discriminator, generator } = buckets.all();
  if (discriminator === undefined && generator === undefined) return null;
  return { width: buckets.width, discriminator: discriminator?.mean ?? [], generator: generator?.mean ?? [] };
}

/** Of each of these results. */
async function sheetsOf(results: readonly CellResult[], folder: string): Promise<ReportSheet[][]> {
  const read = (result: CellResult, file: string): Promise<Buffer> =>
    readFile(join(cellFolder(folder, result), 'samples', file));
  const lasts = await Promise.all(
    results.map(async (result) => {
      const last = result.sheets.at(-1);
      return last === undefined ? 0 : (await read(result, last.file)).length;
    }),
  );
  const each = lasts.reduce((sum, bytes) => sum + bytes, 0);
  // The last sheets are as large as any.
  const most = Math.max(2, Math.min(mostSheets, Math.floor(mostSheetBytes / Math.max(1, each))));
  return Promise.all(
    results.map((result) =>
      Promise.all(
        thinned(result.sheets, most).map(async ({ iteration, file }) => ({
          iteration,
          image: `data:image/png;base64,${(await read(result, file)).toString('base64')}`,
        })),
      ),
    ),
  );
}
