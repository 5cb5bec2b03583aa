/** The table for docs/performance.md, as Prettier would write it. */
import type { Result } from './result.ts';
import { boundText, formatFigure, verdict } from './table.ts';

const begin = '<!-- bench: written by npm run bench -- --markdown FILE -->';
const end = '<!-- /bench -->';

/**
 * `document` with the table of `results` between its marks.
 *
 * @throws TypeError where there are none
 */
export function withTable(document: string, machine: string, date: Date, results: readonly Result[]): string {
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new TypeError(`There is no place for the table: ${begin} … ${end}`);
  const noise = Math.max(0, ...results.map(({ busyCores }) => busyCores));
  const said = `${date.toISOString().slice(0, 10)}, ${machine}. Before rows began, other things kept at most ${formatFigure(noise)} cores busy.`;
  const table = tableOf(results);
  return `${document.slice(0, from)}${begin}\n\n${said}\n\n${table}\n\n${document.slice(to)}`;
}

function tableOf(results: readonly Result[]): string {
  const lines = [['row', 'value', 'baseline', 'ratio (quartiles)', 'target', ''], ...results.map(cellsOf)];
  const widths = lines[0].map((_, column) => Math.max(3, ...lines.map((cells) => cells[column].length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  const rule = widths.map((width) => '-'.repeat(width));
  return [line(lines[0]), line(rule), ...lines.slice(1).map(line)].join('\n');
}

function cellsOf(result: Result): string[] {
  const { name, value, baseline, ratio, quartiles, unit, bounds } = result;
  const code = `\`${name}\``;
  if (value === null || baseline === null || ratio === null || quartiles === null) {
    return [code, '', '', '', '', 'skipped'];
  }
  const targets = bounds.map((bound) =>
    bound.of === 'ratio' || bound.of === 'value' ? boundText(bound) : `${bound.of} ${boundText(bound)}`,
  );
  const extra = bounds.slice(1).map(({ of }) => `${of} ${formatFigure(result.details[of] ?? NaN)}`);
  return [
    code,
    [`${formatFigure(value)} ${unit}`, ...extra].join('; '),
    `${formatFigure(baseline)} ${unit}`,
    `${formatFigure(ratio)} (${quartiles.map(formatFigure).join(' to ')})`,
    targets.join('; '),
    verdict(result),
  ];
}
