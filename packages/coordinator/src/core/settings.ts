/** From a configuration to what the core needs of it. */
import {
  checkShares,
  createCodec,
  emptyReplica,
  exchangesOf,
  limits,
  movingPart,
  phaseLengths,
  phaseNames,
  recordBytes,
  hasWholeRecords,
  unitsPerVersion,
  wireLayouts,
  gantryError,
  headerBytes,
  type ModelPlan,
  type PhaseName,
  type RecordLayouts,
  type RunConfig,
} from '@gantry/shared';
import type { Traffic } from './engage.ts';
import type { CoreSettings } from './types.ts';

/**
 * @param size - examples of the data set, or `schedule.epochSize` where data is generated
 * @param secret - two uint32 that decide what is audited
 * @param evenShares - all who are free share each step evenly
 * @throws CONFIG_FIELD_INVALID where the model is too large for a frame, or the data has no classes to be split by
 */
export function coreSettings(
  config: RunConfig,
  model: ModelPlan,
  size: number,
  secret: readonly [number, number],
  evenShares = false,
): CoreSettings {
  checkShares(config, size);
  const layouts = wireLayouts(model, config);
  const { strategy } = config;
  const records = phaseNames.map((phase) => recordBytes(layouts[phase]));
  const largest = strategy.kind === 'local' ? records[0] + records[1] : Math.max(...records);
  const fitting = Math.floor((limits.frame - headerBytes) / largest);
  if (fitting < 1) {
    throw gantryError(
      'CONFIG_FIELD_INVALID',
      'model',
      config.model.architecture,
      `an update of ${largest} bytes does not fit a frame of ${limits.frame}`,
    );
  }
  const blocks = unitsPerVersion(config);
  const perStep = config.batch.global / config.batch.microbatch;
  const whole = hasWholeRecords(config);
  const lengths = phaseLengths(config, size);
  checkExamples(config, lengths);
  const exchanges = exchangeCounts(config, model);
  // In lock step all blocks are leased at once, and there may be one worker only.
  if (phaseNames.some((phase) => exchanges[phase] > 0) && !whole && fitting < blocks) {
    throw gantryError(
      'CONFIG_FIELD_INVALID',
      'batch.block',
      config.batch.block,
      `with batchNorm.statistics "global" one frame must hold all ${blocks} blocks of a step, and holds ${fitting}; raise it`,
    );
  }
  return {
    blocks,
    microbatchesPerBlock:
      strategy.kind === 'local'
        ? strategy.iterations * (lengths.discriminator + lengths.generator) * perStep
        : config.batch.block,
    strategy,
    blocksPerLease: whole ? blocks : fitting,
    wholeLeases: whole,
    exchanges,
    traffic: trafficOf(config, model, layouts, lengths),
    joins: layouts.discriminator.joins,
    evenShares,
    audit: { ...config.audit, secret },
    sheetMicrobatches: Math.max(perStep, Math.ceil(config.evaluation.samples / config.batch.microbatch)),
    lengths,
    adaptive: config.schedule.adaptive.enabled ? config.schedule.adaptive : null,
    iterations: config.schedule.iterations,
    checkpointEvery: config.checkpoint.every,
    evaluateEvery: config.evaluation.every,
  };
}

/** A record counts its examples in 32 bits. */
function checkExamples({ strategy, batch }: RunConfig, lengths: CoreSettings['lengths']): void {
  if (strategy.kind !== 'local') return;
  const steps = strategy.iterations * Math.max(lengths.discriminator, lengths.generator);
  const examples = steps * batch.global * strategy.slots;
  if (examples < 2 ** 32) return;
  throw gantryError(
    'CONFIG_FIELD_INVALID',
    'strategy.iterations',
    strategy.iterations,
    `a round would have ${examples} examples, and can have ${2 ** 32 - 1}`,
  );
}

/** Exchanges of statistics in one step of each phase. */
function exchangeCounts(config: RunConfig, model: ModelPlan): CoreSettings['exchanges'] {
  const count = (phase: PhaseName): number =>
    config.batchNorm.statistics === 'global' ? exchangesOf(model, phase, config.loss).length : 0;
  return { discriminator: count('discriminator'), generator: count('generator') };
}

/** Between steps of one phase its own network changes, and at its first the other one has. */
function trafficOf(
  { codec, strategy }: RunConfig,
  model: ModelPlan,
  layouts: RecordLayouts,
  lengths: CoreSettings['lengths'],
): CoreSettings['traffic'] {
  const downCodec = createCodec(codec.down, codec);
  const delta = (network: PhaseName): number => {
    const { parameters, running } = movingPart(model[network], emptyReplica(model)[network]);
    return headerBytes + downCodec.bytes(parameters.length) + 4 * running.length;
  };
  const deltas = { discriminator: delta('discriminator'), generator: delta('generator') };
  const both = (of: Readonly<Record<PhaseName, number>>): number => of.discriminator + of.generator;
  const records = {
    discriminator: recordBytes(layouts.discriminator),
    generator: recordBytes(layouts.generator),
  };
  const phase = (own: PhaseName, other: PhaseName): Traffic =>
    strategy.kind === 'local'
      ? { down: both(deltas), up: both(records) }
      : {
          down: (deltas[other] + (lengths[own] - 1) * deltas[own]) / lengths[own],
          up: records[own],
        };
  return {
    discriminator: phase('discriminator', 'generator'),
    generator: phase('generator', 'discriminator'),
  };
}
