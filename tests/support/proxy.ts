/** A reverse proxy as people put it in front of a coordinator, with the slip that many make: it asks by its own name for it. */
import { createServer, request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface Proxy {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** From now on the coordinator is told by what name browsers asked. */
  passOnHost(): void;
  close(): Promise<void>;
}

/** @param target - the coordinator's address */
export async function openProxy(target: string): Promise<Proxy> {
  let mended = false;
  const ask = ({ url, method, headers }: IncomingMessage) => {
    const host = mended ? headers.host : new URL(target).host;
    return request(new URL(url ?? '/', target), { method: method ?? 'GET', headers: { ...headers, host } });
  };
  const server = createServer((incoming, response) => {
    const asked = ask(incoming);
    asked.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    asked.on('error', () => response.destroy());
    incoming.pipe(asked);
  });
  server.on('upgrade', (incoming: IncomingMessage, socket: Socket) => {
    const asked = ask(incoming);
    // Of either end: browsers reset what was refused.
    socket.on('error', () => asked.destroy());
    const begin = ({ statusCode = 502, headers }: IncomingMessage): void => {
      socket.write(`HTTP/1.1 ${statusCode} answered\r\n${headerLines(headers)}\r\n\r\n`);
    };
    asked.once('upgrade', (answer, other) => {
      begin(answer);
      socket.pipe(other).pipe(socket);
      socket.on('close', () => other.destroy());
      other.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    });
    asked.once('response', (answer) => {
      begin(answer);
      answer.pipe(socket);
    });
    asked.on('error', () => socket.destroy());
    asked.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passOnHost() {
      mended = true;
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}

const headerLines = (headers: OutgoingHttpHeaders): string =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${String(value)}`)
    .join('\r\n');
