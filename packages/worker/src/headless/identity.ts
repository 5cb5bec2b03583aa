/** Who this worker is, kept in a file: started again, it is the same worker, with its name and its history. */
import { readFileSync, writeFileSync } from 'node:fs';
import { errorText, gantryError, type GantryError } from '@gantry/shared';

/** As coordinators make them, and as the protocol bounds them. */
const token = /^[\w-]{1,64}$/;

/**
 * @returns undefined where there is no such file yet
 * @throws OPTION_INVALID for a file that cannot be read, or holds something else, which shall not be overwritten
 */
export function readToken(path: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unusable(path, errorText(error));
  }
  // Cut off while it was written: then the worker is a new one.
  if (text === '') return undefined;
  if (token.test(text)) return text;
  throw unusable(path, 'it holds something else');
}

/** Only for its owner's eyes: whoever has the token is the worker. @throws OPTION_INVALID */
export function keepToken(path: string, value: string): void {
  try {
    writeFileSync(path, `${value}\n`, { mode: 0o600 });
  } catch (error) {
    throw unusable(path, errorText(error));
  }
}

const unusable = (path: string, reason: string): GantryError =>
  gantryError('OPTION_INVALID', '--state', path, `a file to keep a worker's identity in (${reason})`);
