/**
 * Whether a request comes from a page of ours. A browser sends along where a page came from (Origin) and by what name it
 * was asked to reach this machine (Host): so a page from elsewhere that is open in some tab of the class can be told
 * from ours, and refused. Programs send no Origin and may say what they like; against them there is the join code.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { gantryError } from '@gantry/shared';

/** The part of a Host header that names the machine; null where it is no host. */
export function nameOf(host: string | undefined): string | null {
  if (host === undefined || /[/?#@\\]/.test(host)) return null;
  try {
    return new URL(`http://${host}`).hostname.replace(/\.$/, '');
  } catch {
    return null;
  }
}

/**
 * What networks at home and multicast DNS add to a machine's name. Under these nobody can register a name on the internet;
 * `fritz.box` is its routers' maker's.
 */
const localSuffixes = ['.local', '.lan', '.home', '.fritz.box', '.home.arpa'];

/** What this machine is called by itself, besides its addresses: its name, in full and its first label, there too. */
export const ownNames = (name = hostname().toLowerCase()): string[] => {
  const [label] = name.split('.');
  return ['localhost', name, label, ...localSuffixes.map((suffix) => `${label}${suffix}`)];
};

/**
 * DNS rebinding: a foreign name that is pointed at this machine, so that its pages are of our origin. An address cannot be
 * pointed anywhere, so addresses are always right, and of names only those that are known.
 */
function isKnown(name: string, names: ReadonlySet<string>): boolean {
  return names.has(name) || name.endsWith('.localhost') || isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
}

/**
 * Scripts and styles of our pages are the same for everybody and tell nothing of a run. Browsers name the page's origin
 * when they ask for them too; and behind a proxy that changes Host, a page without them could not say what is wrong.
 */
const isAsset = (path: string): boolean => /^\/(present\/)?assets\/\w[\w.-]*$/.test(path);

/**
 * @param path - that is asked for
 * @throws HOST_UNKNOWN, ORIGIN_FOREIGN
 */
export function checkSender(
  { host, origin }: Pick<IncomingHttpHeaders, 'host' | 'origin'>,
  path: string,
  names: ReadonlySet<string>,
): void {
  const name = nameOf(host);
  if (name === null || !isKnown(name, names)) throw gantryError('HOST_UNKNOWN', host ?? '');
  if (isAsset(path)) return;
  if (origin !== undefined && !isSame(origin, host ?? ''))
    throw gantryError('ORIGIN_FOREIGN', origin, host ?? '');
}

/** The scheme is left out: behind a proxy that speaks https for us, it is not ours. */
function isSame(origin: string, host: string): boolean {
  try {
    const { protocol, host: theirs } = new URL(origin); // without the port, where it is the scheme's own
    return theirs !== '' && theirs === new URL(`${protocol}//${host}`).host;
  } catch {
    return false; // such as "null", of a page without an origin
  }
}
