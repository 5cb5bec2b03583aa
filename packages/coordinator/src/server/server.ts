/** The coordinator's web server: pages, data, samples and sockets, on plain http or on https. */
import type { Server } from 'node:http';
import { join } from 'node:path';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import serveStatic from '@fastify/static';
import websocket from '@fastify/websocket';
import fastify, { type FastifyInstance } from 'fastify';
import { gantryError, limits } from '@gantry/shared';
import type { DatasetChunks } from '../datasets/chunks.ts';
import { datasetRoutes } from '../datasets/routes.ts';
import type { Run } from '../run/run.ts';
import type { RunLogger } from '../run/types.ts';
import { YoungGarbage } from './garbage.ts';
import { securityHeaders } from './headers.ts';
import { Heartbeat } from './heartbeat.ts';
import { isolationHeaders, isSecureContext } from './isolation.ts';
import { createListener, type Tls } from './listener.ts';
import { downloadRoutes } from './presenter/downloads.ts';
import { PresenterFeed } from './presenter/feed.ts';
import { PresenterKey } from './presenter/key.ts';
import { answerRefusals, refuseConnection, refuseUnrouted } from './refusals.ts';
import { checkSender, ownNames } from './sender.ts';
import { defaultBounds, type Bounds } from './bounds.ts';
import { Tries } from './tries.ts';
import { closeWith, serveWorker } from './worker-socket.ts';

/** Seconds between the messages that keep tabs informed; a tab that hears none for long connects anew. */
const progressSeconds = 1;
/** Where pages are built, notes on the building lie in files whose names begin with a dot. */
const noDotfiles = 'ignore' as const;

export interface ServerOptions {
  readonly run: Run;
  readonly joinCode: string | null;
  readonly presenterToken: string;
  /** Directories of the built pages. */
  readonly pages: { readonly tab: string; readonly presenter: string };
  /** The run's real data, if it has any. */
  readonly chunks: DatasetChunks | null;
  readonly log: RunLogger;
  /** null, or left out: plain http. */
  readonly tls?: Tls | null;
  /** Names by which browsers may ask for this machine, besides its addresses and what it calls itself. */
  readonly names?: readonly string[];
  readonly bounds?: Partial<Bounds>;
}

export interface GantryServer {
  readonly app: FastifyInstance;
  readonly feed: PresenterFeed;
  /** Tells everybody, and closes all sockets. */
  close(): Promise<void>;
}

export async function createServer(options: ServerOptions): Promise<GantryServer> {
  const { run, joinCode, presenterToken, pages, chunks, log, tls = null } = options;
  const bounds = { ...defaultBounds, ...options.bounds };
  const names = new Set([...ownNames(), ...(options.names ?? [])]);
  const app = fastify({
    logger: false,
    bodyLimit: 1024,
    forceCloseConnections: true,
    serverFactory: (handler) =>
      createListener(handler, tls, bounds, (address, { code, message }) =>
        log.warn({ address, code }, message),
      ) as Server, // of which https's is one, but for its types
    frameworkErrors: refuseUnrouted(log),
    clientErrorHandler: refuseConnection(log, bounds),
  });
  // First: it closes the sockets of refused upgrades, but only of those that it has seen.
  await app.register(websocket, {
    options: {
      maxPayload: limits.frame,
      // Gradients do not compress, and a classroom's worth of deflate contexts costs more than it saves.
      perMessageDeflate: false,
    },
  });
  await app.register(helmet, securityHeaders);
  app.addHook('onRequest', async (request, reply) => {
    if (isSecureContext(request.raw)) reply.headers(isolationHeaders);
    checkSender(request.headers, request.url, names);
  });
  await app.register(rateLimit, {
    ...rate('requests', bounds.requests),
    addHeadersOnExceeding: {
      'x-ratelimit-limit': false,
      'x-ratelimit-remaining': false,
      'x-ratelimit-reset': false,
    },
  });
  answerRefusals(app, log);
  if (chunks) await app.register(datasetRoutes, { chunks, rateLimit: rate('chunks', bounds.chunks) });

  // With preCompressed, the plugin looks for an index only where it is a list.
  const files = { cacheControl: false, index: ['index.html'], preCompressed: true, dotfiles: noDotfiles };
  await app.register(serveStatic, {
    ...files,
    root: pages.tab,
    setHeaders: (reply, path) => cacheHeader(reply, path),
  });
  await app.register(serveStatic, {
    ...files,
    root: pages.presenter,
    prefix: '/present/',
    decorateReply: false,
    setHeaders: (reply, path) => cacheHeader(reply, path),
  });
  await app.register(serveStatic, {
    root: run.options.directory.samples,
    prefix: '/samples/',
    decorateReply: false,
    index: false,
    dotfiles: noDotfiles,
  });
  app.get('/present', (_request, reply) => reply.redirect('/present/'));

  /** A peer whose network vanished sends no close: pings find out. */
  const heartbeat = new Heartbeat(bounds.ping, (socket, seconds) => {
    const reason = gantryError('PEER_SILENT', seconds);
    log.warn({ code: reason.code }, reason.message);
    closeWith(socket, reason, bounds.close);
  });
  const upgrade = { websocket: true, config: { rateLimit: rate('new sockets', bounds.upgrades) } } as const;
  const door = { run, joinCode, tries: new Tries(), garbage: new YoungGarbage(), log, bounds };
  app.get('/socket', upgrade, (socket, request) => {
    heartbeat.watch(socket);
    serveWorker(socket, request, door);
  });
  const key = new PresenterKey(presenterToken);
  const feed = new PresenterFeed(run, key, log, bounds);
  await app.register(downloadRoutes, { run, key });
  app.get('/present/socket', upgrade, (socket, request) => {
    heartbeat.watch(socket);
    feed.serve(socket, request);
  });
  const telling = setInterval(() => run.tellProgress(), progressSeconds * 1000);

  return {
    app,
    feed,
    async close() {
      heartbeat.stop();
      clearInterval(telling);
      run.tellProgress();
      feed.close();
      const reason = gantryError(
        run.outcome === null || run.outcome === 'stopped' ? 'COORDINATOR_CLOSING' : 'RUN_FINISHED',
      );
      for (const socket of heartbeat.sockets()) closeWith(socket, reason, bounds.close);
      await app.close();
    },
  };
}

/** @param what - is counted, for the sentence */
const rate = (what: string, { most, seconds }: { readonly most: number; readonly seconds: number }) => ({
  max: most,
  timeWindow: seconds * 1000,
  errorResponseBuilder: () => gantryError('REQUESTS_TOO_MANY', what, most, seconds),
});

/** Files with a hash in their name never change; pages always may. */
function cacheHeader(reply: { setHeader(name: string, value: string): unknown }, path: string): void {
  const immutable = path.includes(join('/', 'assets', '/'));
  reply.setHeader('cache-control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
}
