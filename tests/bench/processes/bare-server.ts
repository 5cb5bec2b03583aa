/** What sockets alone cost: a `ws` server with the product's options that moves the same bytes and does nothing else. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { limits } from '@gantry/shared';
import { monotonic } from '../harness/monotonic.ts';
import { serve } from '../harness/serve.ts';
import type { StepTimes } from './coordinator.ts';

const sockets: WebSocket[] = [];
let taken: (bytes: number) => void = () => undefined;

const commands = {
  /** @returns the server's address */
  async open(): Promise<string> {
    const server = new WebSocketServer({
      host: '127.0.0.1',
      port: 0,
      perMessageDeflate: false,
      maxPayload: limits.frame,
    });
    server.on('connection', (socket) => {
      sockets.push(socket);
      socket.on('message', (data, isBinary) => {
        if (isBinary) taken((data as Buffer).length);
      });
    });
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },

  /** Takes a message of each connection. @returns when the last was here, by the clock that all processes share */
  receive(): Promise<number> {
    return new Promise((resolve) => {
      everyone(() => resolve(monotonic()));
    });
  },

  /** Sends one buffer to all, and a lease after it, as the product does. @returns when it began */
  broadcast(bytes: number): number {
    const buffer = new Uint8Array(bytes).fill(1);
    const began = monotonic();
    sockets.forEach((socket, i) => send(socket, buffer, i));
    return began;
  },

  /** Rounds with a barrier: a buffer to all, an answer of each. Times `count` after `skip`. */
  rounds(skip: number, count: number, bytesDown: number): Promise<StepTimes> {
    const buffer = new Uint8Array(bytesDown).fill(1);
    let began = 0;
    let cpu = process.cpuUsage();
    let up = 0;
    return new Promise((resolve) => {
      let done = 0;
      const round = (): void => {
        if (done === skip) {
          began = performance.now();
          cpu = process.cpuUsage();
          up = 0;
        }
        if (done === skip + count) {
          const { user, system } = process.cpuUsage(cpu);
          resolve({
            steps: count,
            milliseconds: performance.now() - began,
            cpuMilliseconds: (user + system) / 1000,
            bytes: { up, down: count * bytesDown * sockets.length },
          });
          return;
        }
        done += 1;
        everyone(round, (bytes) => (up += bytes));
        sockets.forEach((socket, i) => send(socket, buffer, i));
      };
      round();
    });
  },

  cpuMilliseconds(): number {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
};
export type BareServer = typeof commands;

/** Calls back once with a message of each connection. */
function everyone(done: () => void, each: (bytes: number) => void = () => undefined): void {
  let left = sockets.length;
  taken = (bytes) => {
    each(bytes);
    left -= 1;
    if (left === 0) done();
  };
}

let lease = 0;
/** The lease is as long as a real one, and its receiver does the same with it. */
function send(socket: WebSocket, buffer: Uint8Array, block: number): void {
  socket.send(buffer);
  lease += 1;
  socket.send(
    JSON.stringify({
      type: 'lease',
      lease,
      version: lease,
      phase: 'discriminator',
      step: lease,
      blocks: [block],
    }),
  );
}

serve(commands);
