/** A server with a run behind it, in the test's own process: what comes to its doors, raw or well-formed, and what it logs. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { planModel, presetConfig, type PresenterMessage, type PresenterPicture } from '@gantry/shared';
import type { DatasetChunks } from '../../packages/coordinator/src/datasets/chunks.ts';
import { RunDirectory } from '../../packages/coordinator/src/run/directory.ts';
import { systemClock } from '../../packages/coordinator/src/run/clock.ts';
import { Run } from '../../packages/coordinator/src/run/run.ts';
import { createServer, type ServerOptions } from '../../packages/coordinator/src/server/server.ts';
import { until } from './gantry.ts';
import type { Closed } from './raw-worker.ts';

export interface Doorstep {
  readonly url: string;
  readonly port: number;
  readonly joinCode: string;
  readonly presenterToken: string;
  readonly run: Run;
  /** Holds the run in `run/`, the pages in `tab/` and `presenter/`, and beside them what nobody may read: `secret.txt`. */
  readonly folder: string;
  /** Codes of the errors that were logged. */
  readonly logged: readonly string[];
  /** That the server holds open. */
  connections(): Promise<number>;
}

/** Of this server, as others on its network would reach it. */
export const origin = 'http://192.0.2.7:7070';
/** Outside all that is served. */
export const secret = 'What nobody may read';
/** Larger than what lies in the buffers between server and peer. */
export const large = 16 * 1024 * 1024;

export async function openDoors(
  options: Partial<Pick<ServerOptions, 'bounds' | 'names' | 'joinCode' | 'pages'>> = {},
): Promise<Doorstep> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-doors-'));
  const config = presetConfig('ring');
  const directory = new RunDirectory(join(folder, 'run'));
  await directory.create(config);
  const [tab, presenter] = [join(folder, 'tab'), join(folder, 'presenter')];
  await Promise.all([mkdir(join(tab, 'assets'), { recursive: true }), mkdir(presenter)]);
  await Promise.all([
    writeFile(join(folder, 'secret.txt'), secret),
    writeFile(join(tab, 'index.html'), 'the tab'),
    writeFile(join(tab, '.sources'), secret),
    writeFile(join(tab, 'assets', 'index-1a2b.js'), 'its script'),
    writeFile(join(tab, 'large'), Buffer.alloc(large)),
    writeFile(join(presenter, 'index.html'), "the presenter's page"),
    writeFile(join(directory.samples, '000000001.png'), 'a sheet'),
  ]);
  const run = new Run({
    config,
    model: planModel(config),
    data: null,
    directory,
    checkpoint: null,
    incarnation: 7,
    secret: [1, 2],
    clock: systemClock,
    notice: () => undefined,
  });
  const logged: string[] = [];
  const log = { info: () => undefined, warn: (details: object) => logged.push(codeOf(details)) };
  const { joinCode = '7KW3', ...others } = options;
  const presenterToken = 'kept-to-oneself';
  const pages = { tab, presenter };
  const server = await createServer({ run, joinCode, presenterToken, pages, chunks, log, ...others });
  onTestFinished(async () => {
    await server.close();
    run.stop();
    await run.ended;
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  const url = await server.app.listen({ host: '127.0.0.1', port: 0 });
  server.feed.invite({ joinUrls: [origin], joinCode, joinQr: [] });
  run.begin();
  return {
    url,
    port: Number(new URL(url).port),
    joinCode: joinCode ?? '',
    presenterToken,
    run,
    folder,
    logged,
    connections: () =>
      new Promise((resolve, reject) => {
        server.app.server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
      }),
  };
}

/** One chunk of data, at `/data/known/0`. */
const chunks: DatasetChunks = {
  manifest: { size: 1, chunkSize: 1, exampleBytes: 1, classes: [], path: '/data/known' },
  count: 1,
  fingerprint: 'known',
  chunk: () => Promise.reject(new TypeError('nobody here takes gzip')),
  plainChunk: () => Buffer.from('a chunk'),
  labels: null,
};

const codeOf = (details: object): string => ('code' in details ? String(details.code) : 'no code');

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Asks with the path as it stands, which `fetch` would tidy up. */
export const ask = (
  { port }: Doorstep,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, headers, method, agent: false }, (response) => {
      let body = '';
      response.on('data', (part: Buffer) => (body += part.toString()));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
    asked.on('error', reject).end();
  });

/** The registry's code in a refusal's body. */
export const codeIn = ({ body }: Answer): string => (JSON.parse(body) as { code: string }).code;

/** Opens a socket as a browser's page of that origin does, or as a program without one. @returns 101, or why not */
export const upgrade = (
  { url }: Doorstep,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly body: string }> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, { headers });
    socket.once('open', () => {
      socket.terminate();
      resolve({ status: 101, body: '' });
    });
    socket.once('unexpected-response', (_, response) => {
      let body = '';
      response.on('data', (part: Buffer) => (body += part.toString()));
      // The server ends the connection: nobody else would.
      response.socket.once('close', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    socket.once('error', reject);
  });

/** A connection by hand. */
export class RawConnection {
  readonly socket: Socket;
  received = '';
  closed = false;

  constructor({ port }: Doorstep) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (part) => (this.received += part.toString('latin1')));
    this.socket.on('error', () => undefined); // cut off: what we want to see is that it closes
    this.socket.on('close', () => (this.closed = true));
    onTestFinished(() => void this.socket.destroy());
  }

  /** Opens a WebSocket on it, and says what is to be said; from then on, whatever comes is left unread. */
  async hangAfter(path: string, message: object, { url, port }: Doorstep): Promise<void> {
    this.socket.write(
      `GET ${path} HTTP/1.1\r\nhost: ${new URL(url).hostname}:${port}\r\nconnection: upgrade\r\nupgrade: websocket\r\n` +
        'sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    await until('the upgrade', () => this.received.startsWith('HTTP/1.1 101') || null);
    const text = Buffer.from(JSON.stringify(message));
    // A masked text frame, its mask 0 (RFC 6455, 5.2).
    const head = Buffer.from([0x81, 0x80 | 126, text.length >> 8, text.length & 255, 0, 0, 0, 0]);
    this.socket.write(Buffer.concat([head, text]));
    await until('an answer', () => this.received.includes('"welcome"') || null);
    this.socket.pause();
  }

  gone(): Promise<true> {
    return until('the connection closed', () => this.closed || null);
  }
}

/** A presenter's page by hand. */
export async function presenterSays(
  { url }: Pick<Doorstep, 'url'>,
  ...messages: readonly object[]
): Promise<{
  socket: WebSocket;
  closed: Promise<Closed>;
  said: readonly string[];
  heard: () => readonly string[];
}> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/present/socket`);
  const said: string[] = [];
  socket.on('message', (data: Buffer) => said.push(data.toString()));
  const closed = new Promise<Closed>((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  onTestFinished(() => socket.terminate());
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  for (const message of messages) socket.send(JSON.stringify(message));
  const heard = (): readonly string[] => said.map((text) => (JSON.parse(text) as { type: string }).type);
  return { socket, closed, said, heard };
}

/** A picture of one sample, as the presenter asks for it. @param presenter - address of the presenter's page */
export async function pictureFrom({
  url,
  presenter,
}: {
  readonly url: string;
  readonly presenter: string;
}): Promise<PresenterPicture> {
  const hello = { type: 'hello', token: new URL(presenter).hash.slice(1) };
  const draw = { type: 'draw', ask: 1, picture: { samples: [{ places: [0], weights: [1] }], class: null } };
  const { socket, said } = await presenterSays({ url }, hello, draw);
  const drawn = await until('a picture', () => {
    const all = said.map((text) => JSON.parse(text) as PresenterMessage);
    return all.find((message) => message.type === 'picture') ?? null;
  });
  socket.close();
  return drawn;
}
