/** Figures as people read them. */
import { classesOf, formatCount, isPlane, mixtures, type RunConfig } from '@gantry/shared';
import { measureNames, type MeasureName } from '@gantry/shared/measures';
import type { MeasureReport } from './measures.ts';

interface Row {
  readonly name: string;
  readonly meaning: string;
  readonly format: (value: number, config: RunConfig) => string;
}

/** Three significant digits; more of what is large. */
const plain = (value: number): string => {
  if (!Number.isFinite(value)) return String(value);
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
};
const percent = (value: number): string => `${(100 * value).toFixed(1)}%`;

const rows: Readonly<Record<MeasureName, Row>> = {
  modes: {
    name: 'captured modes',
    meaning: 'with at least one sample of high quality',
    format: (value, { data }) => `${value} of ${isPlane(data) ? mixtures[data.source].centres.length : '?'}`,
  },
  highQuality: {
    name: 'high quality',
    meaning: 'within 3 deviations of a mode; far above real data: too narrow',
    format: percent,
  },
  modeKl: { name: 'KL of modes', meaning: 'how unevenly modes are hit; 0: evenly', format: plain },
  fid: {
    name: 'FID on own features',
    meaning: 'lower is better; compare under one feature hash and count only',
    format: plain,
  },
  kid: {
    name: 'KID on own features',
    meaning: 'lower is better; about 0 where there is no difference',
    format: plain,
  },
  precision: { name: 'precision', meaning: 'generated samples that look real', format: percent },
  recall: { name: 'recall', meaning: 'real samples that the generator could make', format: percent },
  density: {
    name: 'density',
    meaning: 'how near generated samples are to many real ones; about 1',
    format: plain,
  },
  coverage: { name: 'coverage', meaning: 'real samples that have a generated one near', format: percent },
  classCoverage: {
    name: 'classes found',
    meaning: 'of those in the real samples',
    format: (value, { data }) => `${Math.round(value * classesOf(data))} of ${classesOf(data)}`,
  },
  classKl: {
    name: 'KL of classes',
    meaning: 'how unlike real data classes are spread; 0: alike',
    format: plain,
  },
  slicedWasserstein: {
    name: 'sliced Wasserstein',
    meaning: 'distance of the samples; compare with real data',
    format: plain,
  },
};

export function measureTable({ measures, realData }: MeasureReport, config: RunConfig): string {
  const cells = measureNames.flatMap((key) => {
    const value = measures[key];
    if (value === undefined) return [];
    const { name, meaning, format } = rows[key];
    const other = realData?.measures[key];
    return [[name, format(value, config), other === undefined ? '' : format(other, config), meaning]];
  });
  const all = [['measure', 'value', realData === null ? '' : 'real data', 'what it says'], ...cells];
  const widths = all[0].map((_, column) => Math.max(...all.map((row) => row[column].length)));
  return all
    .map(([name, value, other, meaning]) =>
      [
        name.padEnd(widths[0]),
        value.padStart(widths[1]),
        ...(realData === null ? [] : [other.padStart(widths[2])]),
        meaning,
      ].join('  '),
    )
    .join('\n');
}

/** What was measured, and what its figures belong to. */
export function measureWords(report: MeasureReport): { readonly head: string; readonly foot: string } {
  const { path, iteration, weights, samples, seed, features, notes } = report;
  const what = weights === 'ema' ? 'moving average' : 'raw parameters';
  const lines = notes.map((note) => `Note: ${note}`);
  if (features !== null)
    lines.unshift(`Feature network ${features.hash}, ${percent(features.accuracy)} right.`);
  return {
    head: `${path}\nafter ${formatCount(iteration)} iterations, ${what}; ${formatCount(samples)} samples, seed ${seed}`,
    foot: lines.join('\n'),
  };
}
