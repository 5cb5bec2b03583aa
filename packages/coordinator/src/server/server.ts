/** The coordinator's web server: pages, data, samples and sockets, on plain http. */
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import helmet from '@fastify/helmet';
import serveStatic from '@fastify/static';
import websocket from '@fastify/websocket';
import fastify, { type FastifyInstance } from 'fastify';
import type { WebSocket } from 'ws';
import { gantryError, limits } from '@gantry/shared';
import type { DatasetChunks } from '../datasets/chunks.ts';
import { datasetRoutes } from '../datasets/routes.ts';
import type { Run } from '../run/run.ts';
import type { RunLogger } from '../run/types.ts';
import { isolationHeaders, isSecureContext } from './isolation.ts';
import { PresenterFeed } from './presenter-socket.ts';
import { YoungGarbage } from './garbage.ts';
import { Tries } from './tries.ts';
import { closeWith, serveWorker } from './worker-socket.ts';

/** Seconds between pings; a peer silent for three of them is gone. */
const pingSeconds = 10;
/** Seconds between the messages that keep tabs informed; a tab that hears none for long connects anew. */
const progressSeconds = 1;

export interface ServerOptions {
  readonly run: Run;
  readonly joinCode: string | null;
  readonly presenterToken: string;
  /** Directories of the built pages. */
  readonly pages: { readonly tab: string; readonly presenter: string };
  /** The run's real data, if it has any. */
  readonly chunks: DatasetChunks | null;
  readonly log: RunLogger;
}

export interface GantryServer {
  readonly app: FastifyInstance;
  readonly feed: PresenterFeed;
  /** Tells everybody, and closes all sockets. */
  close(): Promise<void>;
}

export async function createServer(options: ServerOptions): Promise<GantryServer> {
  const { run, joinCode, presenterToken, pages, chunks, log } = options;
  const app = fastify({ logger: false, bodyLimit: 1024, forceCloseConnections: true });
  const sockets = new Set<WebSocket>();
  const feed = new PresenterFeed(run, presenterToken, log);

  await app.register(helmet, {
    // The page is served over plain http on the LAN: nothing may be upgraded to https, and headers that
    // need a secure context would only warn.
    strictTransportSecurity: false,
    crossOriginOpenerPolicy: false, // by the hook below, where it has an effect
    originAgentCluster: false,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        // TensorFlow.js compiles WebAssembly; its Emscripten loader starts from a blob.
        scriptSrc: ["'self'", "'wasm-unsafe-eval'", threadScripts],
        workerSrc: ["'self'", 'blob:'],
        connectSrc: ["'self'", 'ws:', 'wss:', 'data:', 'blob:'],
        imgSrc: ["'self'", 'data:', 'blob:'],
        styleSrc: ["'self'", "'unsafe-inline'"],
        objectSrc: ["'none'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
      },
    },
  });
  app.addHook('onRequest', async (request, reply) => {
    if (isSecureContext(request.raw)) reply.headers(isolationHeaders);
  });
  await app.register(websocket, {
    options: {
      maxPayload: limits.frame,
      // Gradients do not compress, and a classroom's worth of deflate contexts costs more than it saves.
      perMessageDeflate: false,
    },
  });
  if (chunks) await app.register(datasetRoutes, { chunks });

  // With preCompressed, the plugin looks for an index only where it is a list.
  const files = { cacheControl: false, index: ['index.html'], preCompressed: true };
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
  });
  app.get('/present', (_request, reply) => reply.redirect('/present/'));
  const tries = new Tries();
  const garbage = new YoungGarbage();
  app.get('/socket', { websocket: true }, (socket, request) => {
    watch(socket);
    serveWorker(socket, request.ip, { run, joinCode, tries, garbage, log });
  });
  app.get('/present/socket', { websocket: true }, (socket) => {
    watch(socket);
    feed.serve(socket);
  });

  /** A peer whose network vanished sends no close: pings find out. */
  const heard = new WeakMap<WebSocket, number>();
  function watch(socket: WebSocket): void {
    sockets.add(socket);
    heard.set(socket, 0);
    const hear = (): void => void heard.set(socket, 0);
    socket.on('pong', hear);
    socket.on('message', hear);
    socket.on('close', () => sockets.delete(socket));
  }
  const pinging = setInterval(() => {
    for (const socket of sockets) {
      const missed = (heard.get(socket) ?? 0) + 1;
      heard.set(socket, missed);
      if (missed > 3) socket.terminate();
      else socket.ping();
    }
  }, pingSeconds * 1000);
  const telling = setInterval(() => run.tellProgress(), progressSeconds * 1000);

  return {
    app,
    feed,
    async close() {
      clearInterval(pinging);
      clearInterval(telling);
      run.tellProgress();
      feed.close();
      const reason = gantryError(
        run.outcome === null || run.outcome === 'stopped' ? 'COORDINATOR_CLOSING' : 'RUN_FINISHED',
      );
      for (const socket of sockets) closeWith(socket, reason);
      await app.close();
    },
  };
}

/** Threads of TensorFlow.js's WebAssembly load its loader from a blob; where there are none, nobody may. */
const threadScripts = (request: IncomingMessage): string => (isSecureContext(request) ? 'blob:' : "'self'");

/** Files with a hash in their name never change; pages always may. */
function cacheHeader(reply: { setHeader(name: string, value: string): unknown }, path: string): void {
  const immutable = path.includes(join('/', 'assets', '/'));
  reply.setHeader('cache-control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
}
