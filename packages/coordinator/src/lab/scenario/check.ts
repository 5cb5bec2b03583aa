/** Whether something is a scenario; and if not, which field is wrong, and how. */
import { gantryError } from '@gantry/shared';
import { scenarioSchema, type Scenario } from './schema.ts';

/** @throws SCENARIO_INVALID, naming the first field that is wrong */
export function checkScenario(value: unknown, place: string): Scenario {
  const parsed = scenarioSchema.safeParse(value);
  if (parsed.success) {
    checkNames(parsed.data, place);
    return parsed.data;
  }
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

/** Links and faults name what there is. */
function checkNames({ population, faults }: Scenario, place: string): void {
  const { groups, media } = population;
  for (const [group, { link }] of Object.entries(groups)) {
    if (link.medium === undefined || link.medium in media) continue;
    const known = Object.keys(media).join(', ') || 'none';
    const field = `population.groups.${group}.link.medium`;
    throw gantryError(
      'SCENARIO_INVALID',
      place,
      field,
      `there is no medium "${link.medium}"; media: ${known}`,
    );
  }
  faults.forEach(({ group }, i) => {
    if (group === undefined || group in groups) return;
    const known = Object.keys(groups).join(', ');
    throw gantryError(
      'SCENARIO_INVALID',
      place,
      `faults.${i}.group`,
      `there is no group "${group}"; groups: ${known}`,
    );
  });
}
