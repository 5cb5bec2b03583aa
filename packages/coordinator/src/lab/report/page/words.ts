/** Names and numbers of a lab, as its report writes them. */
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatMilliseconds,
  formatPercent,
  formatRate,
} from '@gantry/shared';
import type { Kind, Quantity } from '../quantities.ts';
import type { Interval } from '../statistics.ts';
import type enTexts from './locales/en.json';
import { t } from './text.ts';

type Known = keyof (typeof enTexts)['quantity'];
const known: readonly string[] = [
  'fid',
  'kid',
  'highQuality',
  'modes',
  'modeKl',
  'precision',
  'recall',
  'density',
  'coverage',
  'classCoverage',
  'classKl',
  'slicedWasserstein',
  'varianceRatio',
  'targetSeconds',
  'targetBytes',
  'seconds',
  'examplesPerSecond',
  'speedUp',
  'stepMilliseconds',
  'stepMillisecondsP95',
  'bytes',
  'bytesUp',
  'bytesDown',
  'leasesExpired',
] satisfies readonly Known[];

/** Of a column in words; of one that nobody foresaw, its name. */
export function quantityName(column: string): string {
  if (known.includes(column)) return t(`lab:quantity.${column as Known}`);
  return column.startsWith('busy/') ? t('lab:busy', { name: column.slice('busy/'.length) }) : column;
}

/** Three significant digits: 0.0123, 1.23, 123, 1,234. */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6 || (size > 0 && size < 1e-4))
    return value.toExponential(1).replace('.0e', 'e').replace('e+', 'e');
  if (size >= 100) return formatCount(value);
  const digits = size < 1e-12 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(size)));
  return value
    .toFixed(digits)
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');
}

export function formatQuantity(kind: Kind, value: number): string {
  switch (kind) {
    case 'seconds':
      return value < 10 ? `${formatRate(value)} s` : formatDuration(value);
    case 'milliseconds':
      return formatMilliseconds(value);
    case 'bytes':
      return formatBytes(value);
    case 'rate':
      return formatRate(value);
    case 'factor':
      return `${formatNumber(value)}×`;
    case 'share':
      return formatPercent(value);
    case 'count':
    case 'number':
      return formatNumber(value);
  }
}

/** How far a cell is from the base: `+0.12`, or of what is compared by ratios `1.8×`. */
export function formatAgainst({ compared, kind }: Quantity, value: number): string {
  if (compared === 'ratio') return `${formatNumber(value)}×`;
  const text = kind === 'share' ? formatPercent(Math.abs(value)) : formatNumber(Math.abs(value));
  if (value === 0) return '0';
  return `${value > 0 ? '+' : '−'}${text}`;
}

export const formatInterval = (quantity: Quantity, { low, high }: Interval): string =>
  t('lab:interval', { low: formatAgainst(quantity, low), high: formatAgainst(quantity, high) });
