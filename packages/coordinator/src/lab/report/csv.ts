/** `cells.csv`: one row a cell and seed, every axis and measure. The same to the bit each time that a scenario is run. */
import type { LabResult } from '../lab.ts';
import { configOf } from '../scenario/cells.ts';
import { columnsOf, figuresOf, type Figure } from './figures.ts';

export function csvOf(lab: LabResult): string {
  const columns = columnsOf(lab.results);
  const rows = lab.results.map((result, i) => {
    const { slug, choice, scenario } = lab.cells[Math.floor(i / lab.seeds.length)];
    const { batch } = configOf(scenario, result.seed);
    const figures = figuresOf(result, scenario.target, batch.microbatch, columns);
    // An axis may have the name of a column.
    const axes = Object.entries(choice).map(([axis, label]): [string, Figure] => [
      axis === 'cell' || figures.has(axis) ? `axis/${axis}` : axis,
      label,
    ]);
    return new Map<string, Figure>([['cell', slug], ...axes, ...figures]);
  });
  const [first] = rows;
  return [[...first.keys()], ...rows.map((row) => [...row.values()])]
    .map((cells) => `${cells.map(quoted).join(',')}\n`)
    .join('');
}

/** RFC 4180. */
function quoted(value: Figure): string {
  const text = value === null || value === undefined ? '' : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
