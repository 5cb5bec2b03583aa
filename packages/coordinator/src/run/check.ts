/** Whether what a worker sent for a lease can be right. */
import {
  blocksPerStep,
  examplesPerBlock,
  exampleShape,
  exchangeLength,
  floatsAt,
  gantryError,
  volume,
  type ExchangeSpec,
  type Frame,
  type RunConfig,
  type UpdateRecord,
} from '@gantry/shared';
import type { Lease } from '../core/types.ts';

const largestFloat32 = 3.4e38;

/**
 * Places before anything else: the core makes lists of them. A wrong count would weigh wrongly, and one NaN would
 * become everybody's.
 *
 * @throws UPDATE_INVALID, UPDATE_NOT_FINITE
 */
export function checkRecords(records: readonly UpdateRecord[], lease: number, config: RunConfig): void {
  const all = blocksPerStep(config.batch);
  const whole = config.batchNorm.statistics === 'local';
  for (const { firstBlock, blocks, examples } of records) {
    if (blocks < 1 || firstBlock + blocks > all || (blocks > 1 && !whole)) {
      throw gantryError(
        'UPDATE_INVALID',
        lease,
        `a record claims ${blocks} blocks from ${firstBlock} of ${all}`,
      );
    }
    if (examples !== blocks * examplesPerBlock(config.batch)) {
      throw gantryError('UPDATE_INVALID', lease, `block ${firstBlock} claims ${examples} examples`);
    }
  }
  for (const { gradient, statistics, firstBlock } of records) {
    // Squares of float32 numbers cannot overflow a double: their sum is finite if and only if each of them is.
    let squares = 0;
    for (let i = 0; i < gradient.length; i++) squares += gradient[i] * gradient[i];
    for (let i = 0; i < statistics.length; i++) squares += statistics[i] * statistics[i];
    // So small that the float32 sum of all blocks is finite too.
    if (!(Math.sqrt(squares) < largestFloat32 / all)) {
      throw gantryError('UPDATE_NOT_FINITE', lease, `block ${firstBlock}`);
    }
  }
}

/**
 * Bounds are such that what is merged is finite in float32, also where means lie far apart: their squares add to M2.
 *
 * @param task - of the lease
 * @param exchanges - of the step
 * @throws UPDATE_INVALID for what is not [blocks of the lease, groups, 2, channels], or a negative M2; UPDATE_NOT_FINITE
 */
export function checkContribution(
  { header: { lease, count }, payload }: Frame,
  task: Lease['task'],
  exchanges: readonly ExchangeSpec[],
  { batch }: RunConfig,
): void {
  if (task.kind !== 'step') throw gantryError('UPDATE_INVALID', lease, 'a sample sheet was leased');
  if (count >= exchanges.length) {
    throw gantryError('UPDATE_INVALID', lease, `exchange ${count} of a step that has ${exchanges.length}`);
  }
  const spec = exchanges[count];
  const blocks = task.blocks.length;
  const expected = 4 * blocks * exchangeLength(spec);
  if (payload.length !== expected) {
    throw gantryError(
      'UPDATE_INVALID',
      lease,
      `${payload.length} bytes are no contribution of ${blocks} blocks to exchange ${count}, which has ${expected}`,
    );
  }
  const { channels, positions } = spec.layer;
  const forward = spec.direction === 'forward';
  const largestSum = largestFloat32 / 2 / blocksPerStep(batch);
  const largestMean = Math.sqrt(largestFloat32 / 2 / (batch.global * positions));
  floatsAt(payload, 0, payload.length / 4).forEach((value, i) => {
    const mean = forward && i % (2 * channels) < channels;
    // Written so that NaN fails.
    if (!(Math.abs(value) < (mean ? largestMean : largestSum))) {
      throw gantryError('UPDATE_NOT_FINITE', lease, `exchange ${count}`);
    }
    if (forward && !mean && value < 0) {
      throw gantryError('UPDATE_INVALID', lease, `a sum of squares in exchange ${count} is ${value}`);
    }
  });
}

/** @throws UPDATE_INVALID for a sample sheet of the wrong size, UPDATE_NOT_FINITE */
export function checkEvaluation(frame: Frame, config: RunConfig): void {
  const { count, lease } = frame.header;
  const { samples } = config.evaluation;
  const shape = exampleShape(config.data);
  const points = shape.length === 1;
  // Behind generated points there may be real ones.
  const least = samples * volume(shape) * (points ? 4 : 1);
  const { length } = frame.payload;
  if (count !== samples || (points ? length < least || length % 8 !== 0 : length !== least)) {
    throw gantryError('UPDATE_INVALID', lease, `${length} bytes are no sheet of ${samples} examples`);
  }
  if (points && !floatsAt(frame.payload, 0, length / 4).every(Number.isFinite)) {
    throw gantryError('UPDATE_NOT_FINITE', lease, 'the sample sheet');
  }
}
