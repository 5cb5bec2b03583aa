/** The command line of the bench. */
import { parseArgs } from 'node:util';

export interface BenchOptions {
  readonly help: boolean;
  readonly list: boolean;
  readonly json: string | null;
  readonly only: readonly string[];
  readonly set: readonly string[];
}

export const usage = `npm run bench -- [options]

Measures what Gantry costs, each figure beside what it is compared with, alternately in the same run.

  --only PATTERN      run some rows: parts of names, or globs; several with commas
  --json FILE         write the results to FILE
  --set PATH=VALUE    set a field of the configuration of rows that train; may be given often
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
      only: { type: 'string', multiple: true, default: [] },
      set: { type: 'string', multiple: true, default: [] },
    },
  });
  const only = values.only.flatMap((patterns) => patterns.split(',')).map((pattern) => pattern.trim());
  return { ...values, json: values.json ?? null, only: only.filter((pattern) => pattern !== '') };
}
