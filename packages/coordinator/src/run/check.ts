/** Whether the numbers of an update can be right. */
import { gantryError, type UpdateRecord } from '@gantry/shared';

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
