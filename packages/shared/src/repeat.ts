/** How a run is repeated: its configuration as a link, and as the options of a command. */
import { deflateSync, inflateSync, strFromU8, strToU8 } from 'fflate';
import { parseConfigText, setField, type RunConfig } from './config.ts';
import { errorText, gantryError } from './errors.ts';
import { presets, type PresetName } from './presets.ts';

/** Before the configuration in an address. What follows # is sent to nobody. */
const mark = '#config=';
/** Characters of a configuration: what a link says inflates to no more. */
const mostText = 2 ** 20;

/**
 * A link that any coordinator's presenter's page shows, and that `gantry start --config` takes.
 *
 * @param page - address of the presenter's page
 */
export function configLink(page: string, config: RunConfig): string {
  const packed = deflateSync(strToU8(JSON.stringify(config)), { level: 9 });
  const base64 = btoa(strFromU8(packed, true));
  return `${page}${mark}${base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`;
}

/** Whether this is an address, or its part from # on, with a configuration in it. */
export const isConfigLink = (text: string): boolean => text.includes(mark);

/** @throws CONFIG_SYNTAX, and what parseConfig throws */
export function configFromLink(link: string): RunConfig {
  const place = 'The link';
  let text: string;
  try {
    const base64 = link.slice(link.indexOf(mark) + mark.length).trim();
    const packed = strToU8(atob(base64.replaceAll('-', '+').replaceAll('_', '/')), true);
    text = strFromU8(inflateSync(packed, { out: new Uint8Array(mostText) }));
  } catch (error) {
    throw gantryError(
      'CONFIG_SYNTAX',
      place,
      `what follows ${mark} is cut off or changed (${errorText(error)})`,
    );
  }
  return parseConfigText(text, place);
}

/** More options than that nobody types: then there is the link. */
const mostOptions = 8;

type Leaf = string | number | boolean | null;
type Json = Leaf | readonly Json[] | { readonly [key: string]: Json };

/**
 * The options of `gantry start` that make this configuration, from its preset on.
 *
 * @returns null where they would be too many, or it has what no option sets, as with real data
 */
export function repeatOptions(config: RunConfig): string[] | null {
  if (!Object.hasOwn(presets, config.preset)) return null;
  const options = ['--preset', config.preset];
  let made: RunConfig = presets[config.preset as PresetName];
  const seed = config.seed;
  if (seed !== made.seed) options.push('--seed', String(seed));
  const { iterations } = config.schedule;
  if (iterations !== made.schedule.iterations) options.push('--iterations', String(iterations));
  made = { ...made, seed, schedule: { ...made.schedule, iterations } };
  for (let sets = 0; sets <= mostOptions; sets++) {
    const path = firstDifference(made as unknown as Json, config as unknown as Json, []);
    if (path === null) return options;
    const value = at(config as unknown as Json, path);
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const assignment = `${path.join('.')}=${text}`;
    try {
      made = setField(made, path.join('.'), text);
      options.push('--set', assignment);
    } catch {
      return null;
    }
    if (!isPlain(assignment)) return null;
  }
  return null;
}

/** What every shell takes as it is. */
const isPlain = (text: string): boolean => /^[\w.,:=+-]+$/.test(text);

/** Path of a field that both have and that differs; of kinds first, since other fields follow from them. */
function firstDifference(a: Json, b: Json, path: readonly string[]): readonly string[] | null {
  if (isObject(a) && isObject(b)) {
    const keys = [...new Set([...Object.keys(b), ...Object.keys(a)])];
    const kindsFirst = keys.toSorted((x, y) => Number(isKind(y)) - Number(isKind(x)));
    for (const key of kindsFirst) {
      const found = firstDifference(a[key] ?? null, b[key] ?? null, [...path, key]);
      if (found !== null) return found;
    }
    return null;
  }
  return JSON.stringify(a) === JSON.stringify(b) ? null : path;
}

const isKind = (key: string): boolean => key === 'kind' || key === 'architecture';
const isObject = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const at = (value: Json, path: readonly string[]): Json =>
  path.reduce<Json>((inner, key) => (isObject(inner) ? inner[key] : null), value);
