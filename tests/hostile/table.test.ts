/** The table of docs/reliability.md says what the suites do, and nothing else. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { closeOf } from './case.ts';
import { presenterCases } from './cases/presenter.ts';
import { rowOf, suites } from './suites.ts';

const page = new URL('../../docs/reliability.md', import.meta.url);

/** Lines of the table under a heading, spaces that only align its columns left out. */
function rowsUnder(text: string, heading: string): string[] {
  const lines = text.split('\n');
  const from = lines.indexOf(`#### ${heading}`) + 1;
  const next = lines.findIndex((line, i) => i >= from && line.startsWith('#'));
  const rows = lines.slice(from, next < 0 ? undefined : next).filter((line) => line.startsWith('|'));
  return rows.slice(2).map((line) => line.replaceAll(/ +/g, ' '));
}

describe('the table of bad inputs', () => {
  it.each(suites)('has what the suite has: $title', async (suite) => {
    const rows = suite.cases.map((one) => `| ${rowOf(suite, one).join(' | ')} |`.replaceAll(/ +/g, ' '));
    expect(rowsUnder(await readFile(page, 'utf8'), suite.title)).toEqual(rows);
  });

  it("has what a presenter's page can say wrongly", async () => {
    const rows = presenterCases.map(({ input, error }) => {
      const close = closeOf({ error });
      return `| ${input} | \`${error}\` | ${close ?? ''} | ${close === null ? 'refused' : 'disconnected'} |`.replaceAll(
        / +/g,
        ' ',
      );
    });
    expect(rowsUnder(await readFile(page, 'utf8'), "From a presenter's page")).toEqual(rows);
  });
});
