/** Finding a port to listen on, and saying in words why there is none. */
import { gantryError } from '@gantry/shared';

export const defaultPort = 7070;
/** How many ports beyond the default are tried. */
const further = 20;

/** Starts listening or rejects, as Fastify's `listen` does; may be called again after it rejected. */
export type Listen = (where: { host: string; port: number }) => Promise<unknown>;

/**
 * Listens on `wanted`, or without it on the first free port from 7070 to 7090.
 *
 * @returns the port asked of `listen`
 * @throws PORT_BUSY, HOST_INVALID, OPTION_INVALID for a port that this user may not take
 */
export async function listenOn(listen: Listen, host: string, wanted?: number): Promise<number> {
  const last = wanted ?? defaultPort + further;
  for (let port = wanted ?? defaultPort; ; port++) {
    try {
      await listen({ host, port });
      return port;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (isUnknownHost(code)) throw gantryError('HOST_INVALID', host);
      // Windows refuses ports that it holds back for itself with EACCES.
      if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
      if (port < last) continue;
      if (code === 'EACCES') {
        throw gantryError(
          'OPTION_INVALID',
          '--port',
          port,
          'a port that this user may take, mostly 1024 to 65535',
        );
      }
      throw gantryError('PORT_BUSY', host, wanted ?? defaultPort);
    }
  }
}

const isUnknownHost = (code: unknown): boolean =>
  code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EINVAL';
