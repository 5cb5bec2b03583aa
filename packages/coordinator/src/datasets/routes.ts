/** Serves a dataset's chunks to workers. */
import { errorText, gantryError } from '@gantry/shared';
import type { RateLimitOptions } from '@fastify/rate-limit';
import type { FastifyPluginAsync } from 'fastify';
import type { DatasetChunks } from './chunks.ts';

export interface DatasetRoutesOptions {
  readonly chunks: DatasetChunks;
  /** Where requests are limited: how those for chunks are. */
  readonly rateLimit?: RateLimitOptions;
}

/**
 * Fastify plugin: `GET /data/:fingerprint/:chunk`, and `labels` in a chunk's place: those of all examples, for runs that
 * divide the data by them. A chunk never changes under its address, so browsers may keep it for as long as they like.
 */
export const datasetRoutes: FastifyPluginAsync<DatasetRoutesOptions> = async (
  server,
  { chunks, rateLimit },
) => {
  server.get<{ Params: { fingerprint: string; chunk: string } }>(
    '/data/:fingerprint/:chunk',
    { config: rateLimit ? { rateLimit } : {} },
    async (request, reply) => {
      const { fingerprint, chunk } = request.params;
      const index = /^(?:0|[1-9]\d{0,8})$/.test(chunk) ? Number(chunk) : NaN;
      const labels = chunk === 'labels' ? chunks.labels : null;
      if (fingerprint !== chunks.fingerprint || !(index < chunks.count || labels !== null)) {
        const error = gantryError('CHUNK_UNAVAILABLE', request.url, 'this run has no such data');
        return reply
          .code(404)
          .header('cache-control', 'no-store')
          .send({ code: error.code, message: errorText(error) });
      }
      reply
        .header('cache-control', 'public, max-age=31536000, immutable')
        .header('vary', 'accept-encoding')
        .type('application/octet-stream');
      if (labels !== null) return reply.send(labels);
      if (!acceptsGzip(request.headers['accept-encoding'])) return reply.send(chunks.plainChunk(index));
      return reply.header('content-encoding', 'gzip').send(await chunks.chunk(index));
    },
  );
};

/** Whether an `Accept-Encoding` header takes gzip (RFC 9110, 12.5.3). Without a header: no, to be safe. */
export function acceptsGzip(header: string | string[] | undefined): boolean {
  const offers = new Map(
    String(header ?? '')
      .toLowerCase()
      .split(',')
      .map((offer) => {
        const [coding, ...parameters] = offer.split(';').map((part) => part.trim());
        const quality = parameters.find((parameter) => parameter.startsWith('q='));
        return [coding, quality === undefined || Number(quality.slice(2)) > 0] as const;
      }),
  );
  return offers.get('gzip') ?? offers.get('*') ?? false;
}
