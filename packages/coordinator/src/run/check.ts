/** Whether what a worker sent for a lease can be right. */
import {
  blocksPerStep,
  examplesPerBlock,
  exampleShape,
  floatsAt,
  gantryError,
  volume,
  type Frame,
  type RunConfig,
  type UpdateRecord,
} from '@gantry/shared';

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
    // A record's sum of float32 numbers cannot overflow a double: it is finite if and only if each of them is.
    let sum = 0;
    for (let i = 0; i < gradient.length; i++) sum += gradient[i];
    for (let i = 0; i < statistics.length; i++) sum += statistics[i];
    if (!Number.isFinite(sum)) throw gantryError('UPDATE_NOT_FINITE', lease, `block ${firstBlock}`);
  }
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
