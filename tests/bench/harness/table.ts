/** The table as text: a line a row, as soon as it is measured, and under it what it means. */
import type { Bound } from './row.ts';
import type { Result } from './result.ts';

const widths = { name: 34, value: 20, baseline: 20, ratio: 24, target: 8, verdict: 8, seconds: 6 } as const;

/** Cores; a desktop that does nothing in particular stays below. */
const noisy = 0.2;

export function header(): string {
  const titles = { name: 'row', value: 'value', baseline: 'baseline', ratio: 'ratio (quartiles)' };
  return `${line({ ...titles, target: 'target', verdict: '', seconds: 'took' })}\n${'-'.repeat(total)}`;
}

const total = Object.values(widths).reduce((sum, width) => sum + width + 1, -1);

export function resultLines(result: Result): string[] {
  const { name, skipped, unit, value, baseline, ratio, quartiles, bounds, against, limit, details } = result;
  const seconds = `${result.seconds.toFixed(0)} s`;
  if (skipped !== null || value === null || baseline === null || ratio === null || quartiles === null) {
    const blank = { value: '', baseline: '', ratio: '', target: '' };
    return [line({ ...blank, name, verdict: 'skipped', seconds }), `    ${skipped ?? ''}`];
  }
  const more = Object.entries(details).map(([what, figure]) => `${what} ${formatFigure(figure)}`);
  return [
    line({
      name,
      value: `${formatFigure(value)} ${unit}`,
      baseline: `${formatFigure(baseline)} ${unit}`,
      ratio: `${formatFigure(ratio)} (${quartiles.map(formatFigure).join(' to ')})`,
      target: bounds.length === 0 ? '' : boundText(bounds[0]),
      verdict: verdict(result),
      seconds,
    }),
    `    against ${against}; ${result.samples} pairs`,
    ...(more.length === 0 ? [] : [`    ${more.join('; ')}`]),
    ...bounds.slice(1).map((bound) => `    and ${bound.of} ${boundText(bound)}`),
    `    limit: ${limit}`,
    ...(result.busyCores < noisy
      ? []
      : [`    noisy: ${formatFigure(result.busyCores)} cores were busy with other things just before`]),
  ];
}

export const verdict = ({ met, skipped }: Pick<Result, 'met' | 'skipped'>): string => {
  if (skipped !== null) return 'skipped';
  if (met === null) return 'reported';
  return met ? 'met' : 'missed';
};

export const boundText = ({ atLeast, atMost }: Bound): string =>
  [
    ...(atLeast === undefined ? [] : [`≥ ${formatFigure(atLeast)}`]),
    ...(atMost === undefined ? [] : [`≤ ${formatFigure(atMost)}`]),
  ].join(' ');

/** Three digits that count, and no more than are there. */
export function formatFigure(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 100) return value.toFixed(0);
  return String(Number(value.toPrecision(3)));
}

type Cells = Readonly<Record<keyof typeof widths, string>>;

const line = ({ name, value, baseline, ratio, target, verdict: found, seconds }: Cells): string =>
  [
    name.padEnd(widths.name),
    value.padStart(widths.value),
    baseline.padStart(widths.baseline),
    ratio.padStart(widths.ratio),
    target.padStart(widths.target),
    found.padStart(widths.verdict),
    seconds.padStart(widths.seconds),
  ].join(' ');
