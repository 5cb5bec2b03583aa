import type { Run } from '../../run/run.ts';
import type { Source } from './source.ts';

export function lossSource({ meter }: Run): Source {
  return {
    welcome: () => [{ type: 'losses', ...meter.history.all() }],
    tick: () => {
      const fresh = meter.history.takeFresh();
      return fresh.iteration.length === 0 ? [] : [{ type: 'losses', ...fresh }];
    },
  };
}
