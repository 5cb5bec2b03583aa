/** The bare HTTP server under fastify: on TLS or not, with bounds on what peers may keep open, and for how long. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { gantryError, type GantryError } from '@gantry/shared';
import type { Bounds } from './bounds.ts';

/** PEM. */
export interface Tls {
  readonly cert: string;
  readonly key: string;
}

/** @param refused - told of each connection that is one too many */
export function createListener(
  handler: RequestListener,
  tls: Tls | null,
  bounds: Bounds,
  refused: (address: string, reason: GantryError) => void,
): Server | TlsServer {
  const patience = {
    headersTimeout: bounds.headers * 1000,
    requestTimeout: bounds.request * 1000,
    // Else the two are looked at every 30 s only.
    connectionsCheckingInterval: Math.min(1000, bounds.headers * 500),
  };
  const server =
    tls === null
      ? createServer(patience, handler)
      : createTlsServer({ ...patience, ...tls, handshakeTimeout: bounds.headers * 1000 }, handler);
  server.timeout = bounds.idle * 1000; // sockets of workers have none: they are pinged
  server.maxConnections = bounds.connections;
  const full = gantryError('CONNECTIONS_TOO_MANY', bounds.connections, 'all addresses');
  server.on('drop', (data) => refused(data?.remoteAddress ?? '', full));
  boundAddresses(server, bounds.connectionsOfAddress, refused);
  return server;
}

/** One address cannot take the places of all others. */
function boundAddresses(
  server: Server | TlsServer,
  most: number,
  refused: Parameters<typeof createListener>[3],
): void {
  const open = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const count = (open.get(address) ?? 0) + 1;
    if (count > most) {
      socket.destroy();
      refused(address, gantryError('CONNECTIONS_TOO_MANY', most, 'this address'));
      return;
    }
    open.set(address, count);
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left > 0) open.set(address, left);
      else open.delete(address);
    });
  });
}
