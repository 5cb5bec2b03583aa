/**
 * Cross-origin isolation, which memory shared between threads asks of a page. Browsers heed its headers in secure contexts
 * only, https or the machine itself, and complain of them elsewhere: there they are left out.
 */
import type { IncomingMessage } from 'node:http';

/** Everything comes from the coordinator itself, so nothing is lost. */
export const isolationHeaders = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
} as const;

/** Whether the browser that asks takes the page for a secure context (https://www.w3.org/TR/secure-contexts/). */
export function isSecureContext({ headers, socket }: IncomingMessage): boolean {
  if ('encrypted' in socket) return true;
  try {
    const { hostname } = new URL(`http://${headers.host ?? ''}`);
    return /^(localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
  } catch {
    return false;
  }
}
