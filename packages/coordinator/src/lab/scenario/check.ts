/** Whether something is a scenario; and if not, which field is wrong, and how. */
import { gantryError } from '@gantry/shared';
import type { z } from 'zod';

/** @throws SCENARIO_INVALID, naming the first field that is wrong */
export function checkScenario<T>(schema: z.ZodType<T>, value: unknown, place: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue.path.join('.') || 'scenario';
  if (issue.code === 'unrecognized_keys') {
    throw gantryError(
      'SCENARIO_INVALID',
      place,
      [...issue.path, issue.keys[0]].join('.'),
      'there is no such field',
    );
  }
  throw gantryError('SCENARIO_INVALID', place, path, issue.message);
}
