/** Whether what a worker sent for a lease can be right. */
import {
  blocksPerStep,
  exchangeLength,
  floatsAt,
  gantryError,
  isAlignedRun,
  isPlane,
  pictureBytes,
  sheetBytes,
  type ExchangeSpec,
  momentPasses,
  statisticsByBlock,
  type CodecName,
  type Frame,
  type FrameHeader,
  type RecordLayout,
  type RunConfig,
  type UpdateRecord,
} from '@gantry/shared';
import type { Lease } from '../core/types.ts';

const largestFloat32 = 3.4e38;

/** Fields of the header that a worker's frame has no use for are 0. @throws FRAME_INVALID */
export function checkUnused({ kind, base, replica, took }: FrameHeader): void {
  const unused = { base, replica, took: kind === 'update' ? 0 : took };
  for (const [field, found] of Object.entries(unused)) {
    if (found !== 0) throw gantryError('FRAME_INVALID', field, found, 0);
  }
}

/** @throws UPDATE_INVALID */
export function checkCodec({ codec, lease }: FrameHeader, wanted: CodecName): void {
  if (codec !== wanted) throw gantryError('UPDATE_INVALID', lease, `its codec is ${codec}, not ${wanted}`);
}

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
 * @returns of each part the largest magnitude in its gradients, an example
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
      const inGradient = codec.largest(encoded, gradientLength);
      let largest = inGradient;
      for (let at = 0; at < statistics.length; at++) largest = Math.max(largest, Math.abs(statistics[at]));
      // So small that the float32 sum of all blocks is finite too. Written so that NaN, which Math.max keeps, fails.
      if (!(largest < largestFloat32 / units)) {
        throw gantryError('UPDATE_NOT_FINITE', lease, `block ${firstBlock}`);
      }
      checkMoments(layouts[i], records[i], lease, units);
      return inGradient / examples;
    });
    return Math.max(...largestOf);
  });
}

/** So small that what all units' moments merge to is finite in float32, also where means lie far apart. */
function checkMoments(layout: RecordLayout, record: UpdateRecord, lease: number, units: number): void {
  for (const { statistics, examples, firstBlock } of statisticsByBlock(layout, record)) {
    let at = layout.metricsLength + layout.saturationLength;
    for (let pass = 0; pass < momentPasses[layout.phase]; pass++) {
      for (const { channels, positions } of layout.batchNorms) {
        const largest = largestMean(units * examples * positions);
        for (const end = at + channels; at < end; at++) {
          if (Math.abs(statistics[at]) < largest) continue;
          throw gantryError('UPDATE_NOT_FINITE', lease, `block ${firstBlock}`);
        }
        for (const end = at + channels; at < end; at++) {
          if (statistics[at] >= 0) continue;
          const reason = `a sum of squares of block ${firstBlock} is ${statistics[at]}`;
          throw gantryError('UPDATE_INVALID', lease, reason);
        }
      }
    }
  }
}

/** Of `n` numbers' means, such that their squares add up to what float32 can hold. */
const largestMean = (n: number): number => Math.sqrt(largestFloat32 / 2 / n);

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
  const mostMean = largestMean(batch.global * positions);
  floatsAt(payload, 0, payload.length / 4).forEach((value, i) => {
    const mean = forward && i % (2 * channels) < channels;
    // Written so that NaN fails.
    if (!(Math.abs(value) < (mean ? mostMean : largestSum))) {
      throw gantryError('UPDATE_NOT_FINITE', lease, `exchange ${count}`);
    }
    if (forward && !mean && value < 0) {
      throw gantryError('UPDATE_INVALID', lease, `a sum of squares in exchange ${count} is ${value}`);
    }
  });
}

/**
 * @param leased - the version that was to be drawn
 * @param samples - of the sample sheet, or picture
 * @throws UPDATE_INVALID for one of the wrong size, UPDATE_NOT_FINITE
 */
export function checkEvaluation(
  frame: Frame,
  leased: number,
  { samples, what }: { readonly samples: number; readonly what: 'sheet' | 'picture' },
  { data }: Pick<RunConfig, 'data'>,
): void {
  const { count, lease, version, phase } = frame.header;
  if (version !== leased)
    throw gantryError('UPDATE_INVALID', lease, `version ${version}, leased was ${leased}`);
  if (phase !== 'generator')
    throw gantryError('UPDATE_INVALID', lease, `a ${what} is no work of the ${phase}`);
  const expected = what === 'sheet' ? sheetBytes(data, samples) : pictureBytes(data, samples);
  const { length } = frame.payload;
  if (count !== samples || length !== expected) {
    throw gantryError('UPDATE_INVALID', lease, `${length} bytes are no ${what} of ${samples} examples`);
  }
  if (isPlane(data) && !floatsAt(frame.payload, 0, length / 4).every(Number.isFinite)) {
    throw gantryError('UPDATE_NOT_FINITE', lease, `the ${what}`);
  }
}
