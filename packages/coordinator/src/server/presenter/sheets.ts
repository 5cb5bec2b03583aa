import { thinned } from '@gantry/shared';
import type { Run } from '../../run/run.ts';
import type { Source } from './source.ts';

export function sheetSource(run: Run): Source {
  let told = run.sheetIterations.length;
  return {
    welcome: () => [{ type: 'sheets', iterations: [...thinned(run.sheetIterations)] }],
    tick: () => {
      const iterations = run.sheetIterations.slice(told);
      told += iterations.length;
      return iterations.length === 0 ? [] : [{ type: 'sheets', iterations }];
    },
  };
}
