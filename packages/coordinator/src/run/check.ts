/** Whether what a worker sent for a lease can be right. */
import {
  blocksPerStep,
  exampleShape,
  exchangeLength,
  floatsAt,
  gantryError,
  isAlignedRun,
  volume,
  type ExchangeSpec,
  type Frame,
  type RecordLayout,
  type RunConfig,
  type UpdateRecord,
} from '@gantry/shared';
import type { Lease } from '../core/types.ts';

const largestFloat32 = 3.4e38;

/** What the records of an update can be. */
export interface ExpectedRecords {
  /** Of each record of a part, in order. */
  readonly layouts: readonly RecordLayout[];
  /** Examples of one unit (a block, or a slot) in each of them. */
  readonly examples: readonly number[];
  /** Units of a version. */
  readonly units: number;
  /** Whether a record is of a whole lease. */
  readonly whole: boolean;
}

/**
 * Places before anything else: the core makes lists of them. A wrong count would weigh wrongly, and one NaN would
 * become everybody's.
 *
 * @param parts - of each part, its records
 * @returns of each part the largest magnitude, an example
 * @throws UPDATE_INVALID, UPDATE_NOT_FINITE
 */
export function checkRecords(
  parts: readonly (readonly UpdateRecord[])[],
  lease: number,
  { layouts, examples: expected, units, whole }: ExpectedRecords,
): readonly number[] {
  let claimed = 0;
  for (const records of parts) {
    const [{ firstBlock, blocks }] = records;
    // The core makes lists of all that is claimed.
    claimed += blocks;
    if (claimed > units)
      throw gantryError('UPDATE_INVALID', lease, `its records claim more than ${units} blocks`);
    const several = whole || (layouts[0].joins && isAlignedRun(firstBlock, blocks));
    if (blocks < 1 || firstBlock + blocks > units || (blocks > 1 && !several)) {
      throw gantryError(
        'UPDATE_INVALID',
        lease,
        `a record claims ${blocks} blocks from ${firstBlock} of ${units}`,
      );
    }
    records.forEach((record, i) => {
      if (record.firstBlock !== firstBlock || record.blocks !== blocks) {
        throw gantryError('UPDATE_INVALID', lease, `records of block ${firstBlock} name different blocks`);
      }
      if (record.examples !== blocks * expected[i]) {
        throw gantryError('UPDATE_INVALID', lease, `block ${firstBlock} claims ${record.examples} examples`);
      }
    });
  }
  return parts.map((records) => {
    const largestOf = records.map(({ encoded, statistics, firstBlock, examples }, i) => {
      const { codec, gradientLength } = layouts[i];
      let largest = codec.largest(encoded, gradientLength);
      for (let at = 0; at < statistics.length; at++) largest = Math.max(largest, Math.abs(statistics[at]));
      // So small that the float32 sum of all blocks is finite too. Written so that NaN, which Math.max keeps, fails.
      if (!(largest < largestFloat32 / units)) {
        throw gantryError('UPDATE_NOT_FINITE', lease, `block ${firstBlock}`);
      }
      return largest / examples;
    });
    return Math.max(...largestOf);
  });
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
