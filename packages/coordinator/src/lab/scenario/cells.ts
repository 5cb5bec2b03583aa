/** From a scenario to its cells: one for each combination of what is varied. */
import { checksum64, gantryError, parseConfig, presetConfig, setField, type RunConfig } from '@gantry/shared';
import { checkScenario } from './check.ts';
import type { Scenario } from './schema.ts';

/** What a cell differs by, by axis. */
export type Choice = Readonly<Record<string, string>>;

export interface Cell {
  /** `AXIS=VALUE, ...`; of a scenario without axes its name. */
  readonly label: string;
  /** As a name of files. */
  readonly slug: string;
  readonly choice: Choice;
  readonly scenario: Scenario;
}

/** Characters of a cell's folder, before its seed. */
const longestSlug = 100;

type Settings = Readonly<Record<string, unknown>>;

interface Option {
  readonly axis: string;
  readonly label: string;
  readonly settings: Settings;
}

/** @param raw - as parsed from a file, defaults not filled in @throws SCENARIO_INVALID, CONFIG_* */
export function cellsOf(raw: unknown, place: string): Cell[] {
  const scenario = checkScenario(raw, place);
  const axes = Object.entries(scenario.axes).map(([axis, spec]) => optionsOf(axis, spec));
  for (const [axis, label] of Object.entries(scenario.base)) {
    const options = axes.find(([first]) => first.axis === axis)?.map((option) => option.label);
    if (options === undefined) {
      throw gantryError(
        'SCENARIO_INVALID',
        place,
        `base.${axis}`,
        `axes: ${Object.keys(scenario.axes).join(', ')}`,
      );
    }
    if (!options.includes(label)) {
      throw gantryError(
        'SCENARIO_INVALID',
        place,
        `base.${axis}`,
        `it is "${label}"; values: ${options.join(', ')}`,
      );
    }
  }
  const cells = combinations(axes).map((options) => {
    const choice = Object.fromEntries(options.map(({ axis, label }) => [axis, label]));
    const label = options.map((option) => `${option.axis}=${option.label}`).join(', ') || scenario.name;
    const changed = options.reduce<unknown>(
      (value, { settings }) => withSettings(value, settings, place),
      raw,
    );
    return {
      label,
      slug: slugOf(label),
      choice,
      scenario: checkScenario(changed, `${place} (${label})`),
    };
  });
  return unlike(cells);
}

/** Whether it is what others are compared with. */
export const isBase = ({ axes, base }: Scenario, choice: Choice): boolean =>
  Object.entries(axes).every(
    ([axis, spec]) => choice[axis] === (base[axis] ?? optionsOf(axis, spec)[0].label),
  );

/** The run's configuration under a seed. @throws CONFIG_*, OPTION_INVALID */
export function configOf({ config, measure }: Scenario, seed: number): RunConfig {
  let made: RunConfig = { ...presetConfig(config.preset), seed };
  for (const [path, value] of Object.entries(config.set)) {
    made = setField(made, path, typeof value === 'string' ? value : JSON.stringify(value));
  }
  // Nobody resumes a cell; and measures come with the sheets.
  return parseConfig({
    ...made,
    checkpoint: { every: 1_000_000, keep: 1 },
    evaluation: { ...made.evaluation, every: Math.max(made.evaluation.every, measure.every) },
  });
}

function optionsOf(axis: string, spec: Scenario['axes'][string]): Option[] {
  if (!('path' in spec && Array.isArray(spec.values))) {
    return Object.entries(spec as Record<string, Settings>).map(([label, settings]) => ({
      axis,
      label,
      settings,
    }));
  }
  const { path, values } = spec as { readonly path: string; readonly values: readonly unknown[] };
  return values.map((value) => ({
    axis,
    label: typeof value === 'string' ? value : JSON.stringify(value),
    settings: { [path]: value },
  }));
}

function combinations(axes: readonly (readonly Option[])[]): Option[][] {
  return axes.reduce<Option[][]>(
    (all, options) => all.flatMap((before) => options.map((option) => [...before, option])),
    [[]],
  );
}

/** Paths that begin with a part of the scenario are of it; others are of the configuration. */
const ofScenario = ['population', 'faults', 'measure', 'target', 'longest'];

/**
 * @param settings - by path, as in `codec.up` or `population.groups.laptops.count`
 * @throws SCENARIO_INVALID where a path leads through what has no fields
 */
export function withSettings(scenario: unknown, settings: Settings, place: string): unknown {
  return Object.entries(settings).reduce<unknown>((value, [path, to]) => {
    const keys = path.split('.');
    if (ofScenario.includes(keys[0])) return set(value, keys, to, path, place);
    return set(value, ['config', 'set', path], to, path, place);
  }, scenario);
}

function set(
  value: unknown,
  [key, ...rest]: readonly string[],
  to: unknown,
  path: string,
  place: string,
): unknown {
  const inner = value ?? {};
  if (typeof inner !== 'object' || Array.isArray(inner)) {
    throw gantryError('SCENARIO_INVALID', place, path, `there is nothing in it to be named "${key}"`);
  }
  const record = inner as Record<string, unknown>;
  return { ...record, [key]: rest.length === 0 ? to : set(record[key], rest, to, path, place) };
}

/** What of a label a file's name can be. */
const slugOf = (label: string): string =>
  label
    .toLowerCase()
    .replaceAll(/[^a-z0-9.=-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, longestSlug);

/** Labels of other scripts, and those that differ in case alone, can have the same slug: then a checksum tells them apart. */
function unlike(cells: readonly Cell[]): Cell[] {
  const count = new Map<string, number>();
  for (const { slug } of cells) count.set(slug, (count.get(slug) ?? 0) + 1);
  return cells.map((cell) => {
    if (cell.slug !== '' && count.get(cell.slug) === 1) return cell;
    const sum = checksum64(new TextEncoder().encode(cell.label));
    return { ...cell, slug: [cell.slug, sum].filter((part) => part !== '').join('-') };
  });
}
