/** Security headers, by helmet. The pages need nothing but what the coordinator serves. */
import type { IncomingMessage } from 'node:http';
import type { FastifyHelmetOptions } from '@fastify/helmet';
import { isSecureContext } from './isolation.ts';

/** Threads of TensorFlow.js's WebAssembly load its loader from a blob; where there are none, nobody may. */
const threadScripts = (request: IncomingMessage): string => (isSecureContext(request) ? 'blob:' : "'self'");

/** Browsers of before 2022 do not count sockets among 'self'. */
const ownSockets = ({ headers, socket }: IncomingMessage): string =>
  /^[\w.:[\]-]+$/.test(headers.host ?? '')
    ? `${'encrypted' in socket ? 'wss' : 'ws'}://${headers.host}`
    : "'self'";

export const securityHeaders: FastifyHelmetOptions = {
  // A machine of a classroom has many names and lives: none may be bound to https for a year.
  strictTransportSecurity: false,
  crossOriginOpenerPolicy: false, // where it has an effect: isolation
  originAgentCluster: false,
  xFrameOptions: { action: 'deny' },
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      // TensorFlow.js compiles WebAssembly.
      scriptSrc: ["'self'", "'wasm-unsafe-eval'", threadScripts],
      workerSrc: ["'self'", threadScripts],
      connectSrc: ["'self'", ownSockets],
      imgSrc: ["'self'"],
      styleSrc: ["'self'"],
      objectSrc: ["'none'"],
      frameAncestors: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
    },
  },
};
