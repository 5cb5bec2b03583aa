/** Batch-norm moments of a step, into running statistics. */
import { updateRunning, type PassMoments, type RecordLayout } from '@gantry/shared';

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
