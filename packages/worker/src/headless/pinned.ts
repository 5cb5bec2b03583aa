/**
 * Https to a coordinator whose certificate nobody vouches for but the person who read its fingerprint from the screen: that
 * certificate is accepted, for any name, and no other.
 */
import type { IncomingMessage } from 'node:http';
import { get, type RequestOptions } from 'node:https';
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { gantryError } from '@gantry/shared';
import { fetchWith, type FetchBytes } from '../session/fetch-bytes.ts';

const unzip = promisify(gunzip);

/** As Node calls it for a request: the socket may come later, by the callback. */
export type Connect = (
  options: RequestOptions,
  created: (error: Error | null, socket?: TLSSocket) => void,
) => undefined;

/** However it was copied: in any case, with colons or without. @throws OPTION_INVALID */
export function readFingerprint(text: string): string {
  const digits = text.replaceAll(/[\s:]/g, '').toUpperCase();
  if (/^[0-9A-F]{64}$/.test(digits)) return digits.replaceAll(/(..)(?!$)/g, '$1:');
  throw gantryError(
    'OPTION_INVALID',
    '--fingerprint',
    text,
    '64 hexadecimal digits, as gantry start --https prints',
  );
}

/**
 * @param fingerprint - SHA-256, as `readFingerprint` gives it
 * @returns for `createConnection`: fails with CERTIFICATE_WRONG before anything is sent
 */
export const pinnedConnect =
  (fingerprint: string): Connect =>
  ({ host, port }, created) => {
    const name = host ?? '';
    const socket = connect({
      host: name,
      port: Number(port),
      servername: isIP(name) === 0 ? name : '',
      // Not by who signed it, but by what it is, below. Who shows it also proves to have its key, in the handshake.
      rejectUnauthorized: false,
    });
    const failed = (error: Error): void => created(error);
    socket.once('error', failed);
    socket.once('secureConnect', () => {
      socket.off('error', failed);
      const found = socket.getPeerCertificate().fingerprint256;
      if (found === fingerprint) {
        created(null, socket);
        return;
      }
      socket.destroy();
      created(gantryError('CERTIFICATE_WRONG', found, fingerprint));
    });
    return undefined;
  };

/** `fetch` knows no certificates of our own. */
export const pinnedFetch = (createConnection: Connect): FetchBytes =>
  fetchWith(async (url) => {
    const response = await new Promise<IncomingMessage>((answered, failed) => {
      const options = { createConnection, headers: { 'accept-encoding': 'gzip' } };
      // Its type knows of no callback, and Node calls with one.
      get(url, options as RequestOptions, answered).once('error', failed);
    });
    const parts: Buffer[] = [];
    for await (const part of response) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    const { statusCode, headers } = response;
    return {
      status: statusCode ?? 0,
      retryAfter: headers['retry-after'] ?? null,
      bytes: new Uint8Array(headers['content-encoding'] === 'gzip' ? await unzip(body) : body),
    };
  });
