/** When a run first came to what its scenario is after. */
import type { MeasuredAt } from '../cell/measured.ts';
import type { Scenario } from '../scenario/schema.ts';

/** @returns the first measure that meets the target; null where none does, or there is no target */
export function timeToTarget(target: Scenario['target'], measured: readonly MeasuredAt[]): MeasuredAt | null {
  if (target === undefined) return null;
  const { measure, atLeast = -Infinity, atMost = Infinity } = target;
  return (
    measured.find(({ measures }) => {
      const value = measures[measure];
      return Number.isFinite(value) && value >= atLeast && value <= atMost;
    }) ?? null
  );
}
