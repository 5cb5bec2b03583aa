/** Batch-norm moments of a step: from records, over passes and layers, into running statistics. */
import {
  emptyMoments,
  mergeMoments,
  momentPasses,
  updateRunning,
  type Moments,
  type RecordLayout,
  type UpdateRecord,
} from '@gantry/shared';

/** By pass, then by batch-norm layer that trains. */
export type PassMoments = readonly (readonly Moments[])[];

export const emptyPasses = (layout: RecordLayout): Moments[][] =>
  Array.from({ length: momentPasses[layout.phase] }, () =>
    layout.batchNorms.map((entry) => emptyMoments(entry.channels)),
  );

/** Merges a record's moments into `passes`, in place. */
export function mergeRecord(layout: RecordLayout, record: UpdateRecord, passes: PassMoments): void {
  const { statistics, examples } = record;
  let at = layout.metricsLength + layout.saturationLength;
  for (const pass of passes) {
    layout.batchNorms.forEach(({ channels, positions }, layer) => {
      const mean = statistics.subarray(at, at + channels);
      const m2 = statistics.subarray(at + channels, at + 2 * channels);
      mergeMoments(pass[layer], examples * positions, mean, m2);
      at += 2 * channels;
    });
  }
}

/**
 * Moves running statistics by a step's moments: real first, then fake, each an update of its own.
 *
 * @param running - float32 [runningLength], written
 */
export function moveRunning(
  layout: RecordLayout,
  running: Float32Array,
  passes: PassMoments,
  momentum: number,
): void {
  for (const pass of passes) {
    layout.batchNorms.forEach(({ offset, channels }, layer) => {
      const variance = offset + channels;
      updateRunning(
        running.subarray(offset, variance),
        running.subarray(variance, variance + channels),
        pass[layer],
        momentum,
      );
    });
  }
}
