/** The measure that tells most of a run. */
import type { MeasureName } from '@gantry/shared/measures';
import type { Scenario } from '../scenario/schema.ts';

/** Where the scenario has no target: of images, of points, and of images without classes. */
const usual: readonly MeasureName[] = ['fid', 'highQuality', 'slicedWasserstein'];

/** @param known - measures that there are @returns null where none of them tells enough */
export const chiefOf = (target: Scenario['target'], known: readonly string[]): MeasureName | null =>
  [...(target ? [target.measure] : []), ...usual].find((name) => known.includes(name)) ?? null;
