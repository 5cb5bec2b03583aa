/** From a configuration to what the core needs of it. */
import {
  blocksPerStep,
  exchangesOf,
  limits,
  phaseLengths,
  phaseNames,
  recordBytes,
  recordLayout,
  gantryError,
  headerBytes,
  type ModelPlan,
  type PhaseName,
  type RunConfig,
} from '@gantry/shared';
import type { CoreSettings } from './types.ts';

/**
 * @param size - examples of the data set, or `schedule.epochSize` where data is generated
 * @throws CONFIG_FIELD_INVALID where the model is too large for a frame
 */
export function coreSettings(config: RunConfig, model: ModelPlan, size: number): CoreSettings {
  const largest = Math.max(...phaseNames.map((phase) => recordBytes(recordLayout(model, phase))));
  const fitting = Math.floor((limits.frame - headerBytes) / largest);
  if (fitting < 1) {
    throw gantryError(
      'CONFIG_FIELD_INVALID',
      'model',
      config.model.architecture,
      `a gradient of ${largest} bytes does not fit a frame of ${limits.frame}`,
    );
  }
  const blocks = blocksPerStep(config.batch);
  const exchanges = exchangeCounts(config, model);
  // In lock step all blocks are leased at once, and there may be one worker only.
  if (phaseNames.some((phase) => exchanges[phase] > 0) && fitting < blocks) {
    throw gantryError(
      'CONFIG_FIELD_INVALID',
      'batch.block',
      config.batch.block,
      `with batchNorm.statistics "global" one frame must hold all ${blocks} blocks of a step, and holds ${fitting}; raise it`,
    );
  }
  return {
    blocks,
    microbatchesPerBlock: config.batch.block,
    blocksPerLease: config.batchNorm.statistics === 'local' ? blocks : fitting,
    wholeLeases: config.batchNorm.statistics === 'local',
    exchanges,
    sheetMicrobatches: Math.max(
      blocks * config.batch.block,
      Math.ceil(config.evaluation.samples / config.batch.microbatch),
    ),
    lengths: phaseLengths(config, size),
    adaptive: config.schedule.adaptive.enabled ? config.schedule.adaptive : null,
    iterations: config.schedule.iterations,
    checkpointEvery: config.checkpoint.every,
    evaluateEvery: config.evaluation.every,
  };
}

/** Exchanges of statistics in one step of each phase. */
function exchangeCounts(config: RunConfig, model: ModelPlan): CoreSettings['exchanges'] {
  const count = (phase: PhaseName): number =>
    config.batchNorm.statistics === 'global' ? exchangesOf(model, phase, config.loss).length : 0;
  return { discriminator: count('discriminator'), generator: count('generator') };
}
