/** The course of the run, in buckets. */
import { seriesSets, type PresenterMessage } from '@gantry/shared';
import type { Run } from '../../run/run.ts';
import type { Source } from './source.ts';

export function seriesSource({ history }: Pick<Run, 'history'>): Source {
  return {
    welcome: () =>
      seriesSets.map((set): PresenterMessage => {
        const buckets = history.sets[set];
        return { type: 'series', set, width: buckets.width, whole: true, series: buckets.all() };
      }),
    tick: () =>
      seriesSets.flatMap((set): PresenterMessage[] => {
        const buckets = history.sets[set];
        const { whole, series } = buckets.takeNews();
        const none = Object.keys(series).length === 0;
        return none ? [] : [{ type: 'series', set, width: buckets.width, whole, series }];
      }),
  };
}
