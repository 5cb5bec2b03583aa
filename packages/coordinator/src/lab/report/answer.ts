/** The answer that a lab's report opens with, as facts: the page puts them into words of its reader's language. Pure. */
import type { Against, Quantity, Verdict } from './quantities.ts';
import { median, type Spread } from './statistics.ts';

export type Finding = 'divergence' | 'modeCollapse' | 'discriminatorWin' | 'oscillation' | 'unfinished';

/** Cells are told by their numbers. */
export type Fact =
  | { readonly type: 'base'; readonly cell: number; readonly quantity: string; readonly spread: Spread }
  /** Nothing is known of the base, or of any cell. */
  | { readonly type: 'noBase'; readonly cell: number; readonly quantity: string | null }
  | {
      readonly type: 'compared';
      readonly quantity: string;
      readonly verdict: Verdict;
      readonly better: 'more' | 'less' | null;
      /** The largest first. */
      readonly cells: readonly { readonly cell: number; readonly against: Against }[];
    }
  /** The same parameters as the base to the bit, under every seed. */
  | { readonly type: 'identical'; readonly cells: readonly number[]; readonly all: boolean }
  | {
      readonly type: 'found';
      readonly finding: Finding;
      readonly cells: readonly {
        readonly cell: number;
        /** Under how many of the seeds, and the earliest iteration. */
        readonly seeds: number;
        readonly iteration: number;
      }[];
    }
  /** The least median; a seed that did not come to the target counts as never. */
  | {
      readonly type: 'cheapest';
      readonly quantity: 'targetSeconds' | 'targetBytes' | 'seconds' | 'bytes';
      readonly cell: number;
      readonly median: number;
      /** Of the base; null: it does not come to it. */
      readonly base: number | null;
    }
  | { readonly type: 'neverReached' }
  | { readonly type: 'oneSeed' }
  /** Of so many intervals at 95 % one in twenty misses by chance. */
  | { readonly type: 'manyIntervals'; readonly count: number };

export interface Told {
  readonly base: number;
  /** Column of the measure that tells most. */
  readonly chief: string | null;
  readonly quantities: readonly Quantity[];
  readonly hasTarget: boolean;
  readonly cells: readonly {
    /** By seed. */
    readonly checksums: readonly string[];
    readonly complete: readonly boolean[];
    readonly findings: Readonly<Partial<Record<Finding, readonly number[]>>>;
  }[];
}

/** Comparisons in one report from which on some differ by chance. */
const many = 5;
const findings: readonly Finding[] = [
  'divergence',
  'modeCollapse',
  'discriminatorWin',
  'oscillation',
  'unfinished',
];

export function answerOf(told: Told): Fact[] {
  const { base, cells, chief, quantities } = told;
  const seeds = cells[base].checksums.length;
  const quantity = quantities.find(({ name }) => name === chief);
  const spread = quantity?.cells[base].spread;
  const facts: Fact[] = [
    quantity !== undefined && spread
      ? { type: 'base', cell: base, quantity: quantity.name, spread }
      : { type: 'noBase', cell: base, quantity: chief },
  ];
  const identical = cells.flatMap(({ checksums }, cell) =>
    cell !== base && checksums.every((each, seed) => each === cells[base].checksums[seed]) ? [cell] : [],
  );
  if (identical.length > 0) {
    facts.push({ type: 'identical', cells: identical, all: identical.length === cells.length - 1 });
  }
  const others = quantity === undefined ? [] : comparisons(quantity, identical);
  facts.push(...others);
  if (seeds === 1 && others.some((fact) => fact.type === 'compared' && fact.verdict === 'unknown'))
    facts.push({ type: 'oneSeed' });
  facts.push(...foundIn(cells), ...cheapest(told));
  const intervals = quantity?.cells.filter(({ against }) => against?.interval).length ?? 0;
  if (intervals >= many && identical.length < cells.length - 1) {
    facts.push({ type: 'manyIntervals', count: intervals });
  }
  return facts;
}

function comparisons({ name, better, cells }: Quantity, identical: readonly number[]): Fact[] {
  const good: Verdict = better === 'less' ? 'below' : 'above';
  const bad: Verdict = good === 'above' ? 'below' : 'above';
  const verdicts: readonly Verdict[] = [good, bad, 'unclear', 'equal', 'unknown'];
  return verdicts.flatMap((verdict): Fact[] => {
    const told = cells.flatMap(({ against }, cell) =>
      against?.verdict === verdict && !identical.includes(cell) ? [{ cell, against }] : [],
    );
    if (told.length === 0) return [];
    const largest = told.sort((a, b) => Math.abs(b.against.mean) - Math.abs(a.against.mean));
    return [{ type: 'compared', quantity: name, verdict, better, cells: largest }];
  });
}

function foundIn(cells: Told['cells']): Fact[] {
  return findings.flatMap((finding): Fact[] => {
    const found = cells.flatMap(({ findings: of }, cell) => {
      const at = of[finding] ?? [];
      return at.length === 0 ? [] : [{ cell, seeds: at.length, iteration: Math.min(...at) }];
    });
    return found.length === 0 ? [] : [{ type: 'found', finding, cells: found }];
  });
}

function cheapest({ quantities, hasTarget, base, cells }: Told): Fact[] {
  if (cells.length === 1 && !hasTarget) return [];
  const facts = (hasTarget ? (['targetSeconds', 'targetBytes'] as const) : (['seconds', 'bytes'] as const))
    .map((name) => ({ name, quantity: quantities.find((each) => each.name === name) }))
    .flatMap(({ name, quantity }): Fact[] => {
      if (quantity === undefined) return [];
      const medians = quantity.cells.map(({ values }, cell) =>
        medianOrNever(values.map((value, seed) => (hasTarget || cells[cell].complete[seed] ? value : null))),
      );
      const least = Math.min(...medians);
      if (least === Infinity) return [];
      const of = Number.isFinite(medians[base]) ? medians[base] : null;
      return [{ type: 'cheapest', quantity: name, cell: medians.indexOf(least), median: least, base: of }];
    });
  return facts.length === 0 && hasTarget ? [{ type: 'neverReached' }] : facts;
}

/** A run that did not come to it counts as one that never will: leaving it out would make the cell look faster. */
const medianOrNever = (values: readonly (number | null)[]): number =>
  median(values.map((value) => value ?? Infinity).sort((a, b) => a - b));
