/** What the presenter has set, and can set. */
import { isDeepStrictEqual } from 'node:util';
import { advanceUnits, phaseNames, type PresenterControls } from '@gantry/shared';
import { canAudit } from '../../core/audited-records.ts';
import { strategyOf } from '../../core/strategies/index.ts';
import type { Run } from '../../run/run.ts';
import type { Source } from './source.ts';

export function controlsSource(run: Run): Source {
  let told: PresenterControls | null = null;
  return {
    welcome: () => [controlsMessage(run)],
    tick: () => {
      const now = controlsMessage(run);
      if (isDeepStrictEqual(now, told)) return [];
      told = now;
      return [now];
    },
  };
}

function controlsMessage({ state, config, members, altered }: Run): PresenterControls {
  const { settings } = state;
  const { going, only, lengths, learningRates, slowMotion } = state.controls;
  const audited = phaseNames.some((phase) => canAudit({ settings, position: { ...state.position, phase } }));
  const { units, fixed } = strategyOf(settings);
  const { discriminator, generator } = config.optimizer;
  return {
    type: 'controls',
    going,
    only,
    lengths,
    learningRates,
    slowMotion,
    configured: {
      lengths: settings.lengths,
      learningRates: { discriminator: discriminator.learningRate, generator: generator.learningRate },
    },
    units: advanceUnits.filter((unit) => units.includes(unit)),
    tunable: fixed === null,
    locked: members.locked,
    altered,
    audit: audited ? settings.audit.probability : 0,
  };
}
