import { mixtures, type PresenterMessage } from '@gantry/shared';
import type { Run } from '../../run/run.ts';
import type { Sheet } from '../../run/sheet.ts';
import type { Source } from './source.ts';

export function sheetSource(run: Run): Source {
  let told: Sheet | null = null;
  const latest = (): readonly PresenterMessage[] =>
    run.latestSheet === null ? [] : [sheetMessage(run, run.latestSheet)];
  return {
    welcome: latest,
    tick: () => {
      if (run.latestSheet === told) return [];
      told = run.latestSheet;
      return latest();
    },
  };
}

function sheetMessage(run: Run, sheet: Sheet): PresenterMessage {
  const { iteration, url, points, score } = sheet;
  const { source } = run.config.data;
  if (!points || !score || (source !== 'ring' && source !== 'grid')) return { type: 'sheet', iteration, url };
  return {
    type: 'sheet',
    iteration,
    url,
    points: {
      ...points,
      modes: score.modes,
      modesTotal: mixtures[source].centres.length,
      highQuality: score.highQuality,
    },
  };
}
