/** Secrets: the join code that a class reads from the screen, and the tokens that machines keep. */
import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';

/**
 * What can be told apart by eye on a projector and by ear across a room. Left out are 0 O Q D, 1 I L J, Z (2), S (5), B (8),
 * G (6) and U V for the eye; C P and the other letters that rhyme with T, N (M), 5 (9), 8 (H) and again S (F) for the
 * ear; and all vowels with Y, so that no code is a word.
 */
export const joinAlphabet = '234679FHKMRTWX';
const joinLength = 4;

/**
 * A new join code, as in `7KW3`. One of 38,416: it keeps the next classroom out, not an attacker with hours;
 * whoever checks it must limit the number of tries.
 */
export const newJoinCode = (): string =>
  Array.from({ length: joinLength }, () => joinAlphabet[randomInt(joinAlphabet.length)]).join('');

/** A new secret of 128 bits, in 22 characters that may stand in a URL. */
export const newToken = (): string => randomBytes(16).toString('base64url');

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Whether two tokens are equal; the time taken tells nothing of where they differ. */
export const sameSecret = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

/** The same for join codes, as people type them: in any case, with spaces or hyphens. */
export const sameJoinCode = (a: string, b: string): boolean => sameSecret(typed(a), typed(b));
const typed = (code: string): string => code.replaceAll(/[\s-]/g, '').toUpperCase();
