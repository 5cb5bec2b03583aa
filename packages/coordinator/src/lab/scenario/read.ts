/** Scenarios from files: by path, or one of those that come with Gantry by name. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorText, gantryError } from '@gantry/shared';
import { parse, printParseErrorCode, type ParseError } from 'jsonc-parser';

const shipped = fileURLToPath(new URL('../../../scenarios', import.meta.url));

/** Of those that come with Gantry. */
export async function scenarioNames(): Promise<string[]> {
  return (await readdir(shipped))
    .filter((file) => file.endsWith('.json'))
    .map((file) => basename(file, '.json'))
    .sort();
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
