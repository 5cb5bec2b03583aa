/** What a run tells its workers. */
import type { CoordinatorMessage, DataManifest, RunConfig } from '@gantry/shared';
import type { Identity } from './registry.ts';
import type { Sheet } from './sheet.ts';

export function welcomeMessage(
  identity: Identity,
  incarnation: number,
  config: RunConfig,
  data: DataManifest | null,
): CoordinatorMessage {
  const { id, token, name } = identity;
  return { type: 'welcome', worker: id, token, name, incarnation, config: withoutPath(config), data };
}

/** Workers need not know where data lies on the coordinator's disk. */
function withoutPath(config: RunConfig): RunConfig {
  return 'path' in config.data ? { ...config, data: { ...config.data, path: '-' } } : config;
}

export function sheetMessage(sheet: Sheet): CoordinatorMessage {
  return {
    type: 'sheet',
    iteration: sheet.iteration,
    ...(sheet.points ? { points: sheet.points.generated } : { url: sheet.url }),
  };
}
