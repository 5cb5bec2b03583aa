/** Scenarios from files: by path, or one of those that come with Gantry by name. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorText, gantryError } from '@gantry/shared';
import { parse, printParseErrorCode, type ParseError } from 'jsonc-parser';

const shipped = fileURLToPath(new URL('../../../scenarios', import.meta.url));

/** Of those that come with Gantry. */
async function scenarioNames(): Promise<string[]> {
  const files = await readdir(shipped);
  return files
    .filter((file) => file.endsWith('.json'))
    .map((file) => basename(file, '.json'))
    .sort();
}

/** A line for each scenario that comes with Gantry. */
export async function scenarioList(): Promise<string> {
  const names = await scenarioNames();
  const width = Math.max(...names.map(({ length }) => length));
  const lines = names.map(async (name) => {
    const { raw } = await readScenario(name);
    const { question, axes = {} } = raw as { readonly question: string; readonly axes?: object };
    const varied = Object.keys(axes).join(' × ');
    return `${name.padEnd(width)}  ${question} (${varied})\n`;
  });
  return (await Promise.all(lines)).join('');
}

/**
 * @param which - path of a file, or a name
 * @returns what is in it, and where that is
 * @throws SCENARIO_INVALID, OPTION_INVALID
 */
export async function readScenario(
  which: string,
): Promise<{ readonly raw: unknown; readonly place: string }> {
  const names = await scenarioNames();
  const place = names.includes(which) ? join(shipped, `${which}.json`) : which;
  let text: string;
  try {
    text = await readFile(place, 'utf8');
  } catch (error) {
    throw gantryError(
      'OPTION_INVALID',
      'SCENARIO',
      which,
      `a file (${errorText(error)}), or one of ${names.join(', ')}`,
    );
  }
  const errors: ParseError[] = [];
  const raw: unknown = parse(text, errors, { allowTrailingComma: true });
  if (errors.length > 0) {
    const [{ error, offset }] = errors;
    const line = text.slice(0, offset).split('\n').length;
    throw gantryError('SCENARIO_INVALID', place, `line ${line}`, printParseErrorCode(error));
  }
  return { raw, place };
}
