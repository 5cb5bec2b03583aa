/** Whether what a worker sent for a lease can be right. */
import {
  exampleShape,
  floatsAt,
  gantryError,
  volume,
  type Frame,
  type RunConfig,
  type UpdateRecord,
} from '@gantry/shared';

/** A wrong count would weigh wrongly, and one NaN would become everybody's. @throws UPDATE_INVALID */
export function checkRecords(records: readonly UpdateRecord[], lease: number, blockExamples: number): void {
  for (const { gradient, statistics, firstBlock, blocks, examples } of records) {
    if (examples !== blocks * blockExamples) {
      throw gantryError('UPDATE_INVALID', lease, `block ${firstBlock} claims ${examples} examples`);
    }
    // The sum of float32 numbers cannot overflow a double, so it is finite if and only if each of them is.
    let sum = 0;
    for (let i = 0; i < gradient.length; i++) sum += gradient[i];
    for (let i = 0; i < statistics.length; i++) sum += statistics[i];
    if (!Number.isFinite(sum)) {
      throw gantryError('UPDATE_INVALID', lease, `block ${firstBlock} holds a number that is not finite`);
    }
  }
}

/** @throws UPDATE_INVALID for a sample sheet of the wrong size, or with points that are no numbers */
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
    throw gantryError('UPDATE_INVALID', lease, 'its sample sheet holds a number that is not finite');
  }
}
