/** The facts of an answer in sentences, in the present language. */
import { formatCount } from '@gantry/shared';
import type { Fact } from '../answer.ts';
import type { LabReportData } from '../data.ts';
import type { Quantity } from '../quantities.ts';
import { t } from './text.ts';
import { formatAgainst, formatInterval, formatNumber, formatQuantity, quantityName } from './words.ts';

/** Cells that a sentence names; of more it tells the number. */
const mostNamed = 5;

export const sentencesOf = (data: LabReportData): string[] => data.answer.map((fact) => sentence(fact, data));

function sentence(fact: Fact, data: LabReportData): string {
  const cell = (index: number): string => data.cells[index].label;
  const seeds = data.seeds.length;
  switch (fact.type) {
    case 'base': {
      const { n, median, least, greatest } = fact.spread;
      const values = {
        cell: cell(fact.cell),
        measure: quantityName(fact.quantity),
        median: formatNumber(median),
        least: formatNumber(least),
        greatest: formatNumber(greatest),
        count: n,
      };
      return data.cells.length === 1 ? t('lab:answer.only', values) : t('lab:answer.base', values);
    }
    case 'noBase':
      return t('lab:answer.noBase', { cell: cell(fact.cell) });
    case 'identical':
      return fact.all
        ? t('lab:answer.identicalAll')
        : t('lab:answer.identical', { cells: named(fact.cells.map(cell)) });
    case 'compared':
      return compared(fact, data);
    case 'found': {
      const cells = fact.cells.map((one) =>
        t(seeds === 1 ? 'lab:answer.foundAt' : 'lab:answer.foundIn', {
          cell: cell(one.cell),
          seeds: one.seeds,
          all: seeds,
          iteration: formatCount(one.iteration),
        }),
      );
      return t(`lab:answer.found.${fact.finding}`, { cells: named(cells) });
    }
    case 'cheapest': {
      const { kind } = quantityIn(data, fact.quantity);
      const values = {
        cell: cell(fact.cell),
        median: formatQuantity(kind, fact.median),
        base: fact.base === null ? '' : formatQuantity(kind, fact.base),
        target: targetText(data),
      };
      if (fact.cell === data.base) return t(`lab:answer.cheapestBase.${fact.quantity}`, values);
      const said = t(`lab:answer.cheapest.${fact.quantity}`, values);
      return `${said} ${t(fact.base === null ? 'lab:answer.baseNever' : 'lab:answer.baseTakes', values)}`;
    }
    case 'neverReached':
      return t('lab:answer.neverReached', { target: targetText(data) });
    case 'oneSeed':
      return t('lab:answer.oneSeed');
    case 'manyIntervals':
      return t('lab:answer.manyIntervals', { intervals: fact.count });
  }
}

function compared(
  { verdict, better, cells, quantity: name }: Extract<Fact, { readonly type: 'compared' }>,
  data: LabReportData,
): string {
  const quantity = quantityIn(data, name);
  const list = named(
    cells.map(({ cell, against: { mean, interval, n } }) => {
      const values = {
        cell: data.cells[cell].label,
        by: formatAgainst(quantity, mean),
        interval: interval === null ? '' : formatInterval(quantity, interval),
      };
      if (verdict === 'equal') return values.cell;
      const said = t(interval === null ? 'lab:answer.by' : 'lab:answer.byWithin', values);
      return n < data.seeds.length ? t('lab:answer.ofSeeds', { said, n, all: data.seeds.length }) : said;
    }),
  );
  const values = { cells: list, measure: quantityName(name) };
  if (verdict === 'above' || verdict === 'below') {
    if (better === null) return t(`lab:answer.${verdict}`, values);
    return t(
      (verdict === 'above') === (better === 'more') ? 'lab:answer.better' : 'lab:answer.worse',
      values,
    );
  }
  return t(`lab:answer.${verdict}`, values);
}

function quantityIn({ quantities }: LabReportData, name: string): Quantity {
  const found = quantities.find((quantity) => quantity.name === name);
  if (found === undefined)
    throw new RangeError(`The report tells of ${name}, which is not among its quantities.`);
  return found;
}

/** As in `FID ≤ 20`. */
function targetText({ target }: LabReportData): string {
  if (target === null) return '';
  const { measure, atLeast, atMost } = target;
  const low = atLeast === undefined ? '' : `${formatNumber(atLeast)} ≤ `;
  const high = atMost === undefined ? '' : ` ≤ ${formatNumber(atMost)}`;
  if (low !== '' && high === '') return `${quantityName(measure)} ≥ ${formatNumber(atLeast ?? 0)}`;
  return `${low}${quantityName(measure)}${high}`;
}

function named(all: readonly string[]): string {
  const list = all.slice(0, mostNamed).join(t('lab:answer.separator'));
  const more = all.length - mostNamed;
  return more > 0 ? t('lab:answer.andMore', { list, count: more }) : list;
}
