/**
 * The presenter's token comes in the address, after #. It is taken out of the address bar, since that is on
 * the projector too, and kept for this tab, so that a reload works. Where the browser keeps nothing, it stays.
 */
import { isConfigLink } from '@gantry/shared';

const key = 'gantry-presenter';

export function takeToken(): string | null {
  // A link to a configuration is none.
  const given = isConfigLink(window.location.hash) ? '' : window.location.hash.slice(1);
  try {
    if (given === '') return window.sessionStorage.getItem(key);
    window.sessionStorage.setItem(key, given);
    window.history.replaceState(null, '', window.location.pathname + window.location.search);
  } catch {
    // Storage is forbidden here: the address keeps the token.
  }
  return given === '' ? null : given;
}
