/** How requests are refused: with the registry's status, code and sentence as JSON, and a line in the log. */
import type { Socket } from 'node:net';
import { STATUS_CODES } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { errorText, gantryError, GantryError } from '@gantry/shared';
import type { RunLogger } from '../run/types.ts';
import type { Bounds } from './bounds.ts';

/**
 * What fastify itself refuses is not HTTP as it is spoken here: a body too large, a broken path. Its code says which; its
 * sentence quotes what was asked for.
 */
function known(error: unknown): GantryError {
  if (error instanceof GantryError) return error;
  if (error instanceof Error && 'statusCode' in error && Number(error.statusCode) < 500) {
    return gantryError('REQUEST_INVALID', 'code' in error ? String(error.code) : error.name);
  }
  return gantryError('INTERNAL', errorText(error));
}

const body = ({ code, message }: GantryError): { code: string; message: string } => ({ code, message });

/** @returns what answers a request whose handling threw */
const refuse =
  (log: RunLogger) =>
  (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const reason = known(error);
    log.warn({ address: request.ip, code: reason.code }, reason.message);
    void reply.code(reason.entry.status ?? 500).send(body(reason));
  };

/** The same where no route was looked for: then no hook closes the socket, which may have come for an upgrade. */
export const refuseUnrouted =
  (log: RunLogger) =>
  (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    reply.raw.once('finish', () => request.raw.socket.destroySoon());
    refuse(log)(error, request, reply);
  };

/** What is asked for may have a join code in its query, which belongs in no log. */
const pathOf = ({ url }: FastifyRequest): string => url.split('?', 1)[0];

/** To be called after the limit of requests is registered. */
export function answerRefusals(app: FastifyInstance, log: RunLogger): void {
  app.setErrorHandler(refuse(log));
  // What no route is for counts like what there is.
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, (request) => {
    throw gantryError('NOT_FOUND', pathOf(request));
  });
}

/** @returns what answers bytes that never became a request */
export const refuseConnection =
  (log: RunLogger, bounds: Bounds) =>
  (error: Error & { code?: string }, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || socket.destroyed) return;
    const reason =
      error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? gantryError('REQUEST_SLOW', bounds.headers, bounds.request)
        : gantryError('REQUEST_INVALID', errorText(error));
    log.warn({ address: socket.remoteAddress, code: reason.code }, reason.message);
    const status = reason.entry.status ?? 400;
    const text = JSON.stringify(body(reason));
    const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/json\r\n`;
    socket.end(`${head}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    socket.destroySoon();
  };
