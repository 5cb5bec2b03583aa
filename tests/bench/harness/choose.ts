/** Which rows the command line asks for. */
import type { Row } from './row.ts';

type Named = Pick<Row, 'name' | 'onlyWhenNamed'>;

/**
 * @param only - patterns: `*` stands for any characters, and one without is found anywhere in a name. A row that
 *   takes long wants a pattern that begins as its name does: `--only int8` must not begin an afternoon. None: all but
 *   those
 */
export function chooseRows<T extends Named>(rows: readonly T[], only: readonly string[]): T[] {
  if (only.length === 0) return rows.filter(({ onlyWhenNamed }) => onlyWhenNamed !== true);
  return rows.filter((row) => only.some((pattern) => matches(pattern, row)));
}

/** Patterns that no row matches: a misspelt name must not pass for a bench that ran. */
export const unmatched = (rows: readonly Named[], only: readonly string[]): string[] =>
  only.filter((pattern) => !rows.some((row) => matches(pattern, row)));

function matches(pattern: string, { name, onlyWhenNamed }: Named): boolean {
  if (onlyWhenNamed === true && !pattern.startsWith(name.split('/')[0])) return false;
  if (!pattern.includes('*')) return name.includes(pattern);
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(name);
}
