/** The command line of the bench. */
import { parseArgs } from 'node:util';

export interface BenchOptions {
  readonly help: boolean;
  readonly list: boolean;
  readonly json: string | null;
  /** A document to put the table into; null: none. */
  readonly markdown: string | null;
  readonly only: readonly string[];
  readonly set: readonly string[];
  /** Folder for CPU profiles; null: none are taken. */
  readonly profile: string | null;
}

export const usage = `npm run bench -- [options]

Measures what Gantry costs, each figure beside what it is compared with, alternately in the same run.

  --only PATTERN      run some rows: parts of names, or globs; several with commas
  --json FILE         write the results to FILE
  --markdown FILE     put the table into FILE, between its marks, as in docs/performance.md
  --set PATH=VALUE    set a field of the configuration of rows that train; may be given often
  --profile DIR       write a CPU profile of each process to DIR (for Chrome's developer tools)
  --list              list the rows
  --help              this

quality/* rows train many times over; they run only when named. docs/performance.md explains each row.`;

/** @throws TypeError for an option that there is not, with a sentence for the person who typed it */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      json: { type: 'string' },
      markdown: { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
      profile: { type: 'string' },
      set: { type: 'string', multiple: true, default: [] },
    },
  });
  const only = values.only.flatMap((patterns) => patterns.split(',')).map((pattern) => pattern.trim());
  return {
    ...values,
    json: values.json ?? null,
    markdown: values.markdown ?? null,
    profile: values.profile ?? null,
    only: only.filter((pattern) => pattern !== ''),
  };
}
