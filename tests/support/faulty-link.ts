/**
 * A link between a worker and its coordinator that a test can cut, mute and slow down: a TCP proxy on this machine, one
 * for each worker.
 */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** One direction of a connection: what comes in goes out in order, later where the link is slow. */
class Lane {
  readonly #to: Socket;
  readonly #waiting: { readonly at: number; readonly send: () => void }[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(to: Socket) {
    this.#to = to;
  }

  push(chunk: Buffer, delay: number): void {
    this.#send(delay, () => this.#to.write(chunk));
  }

  end(delay: number): void {
    this.#send(delay, () => this.#to.end());
  }

  /** A reset overtakes nothing that was sent before it: a process that exits at once may have said goodbye. */
  reset(delay: number): void {
    this.#send(delay, () => this.#to.destroy());
  }

  #send(delay: number, send: () => void): void {
    this.#waiting.push({ at: performance.now() + delay, send });
    if (this.#timer === null) this.#drain();
  }

  #drain(): void {
    this.#timer = null;
    for (let next = this.#waiting.at(0); next !== undefined; next = this.#waiting.at(0)) {
      const wait = next.at - performance.now();
      if (wait > 0) {
        this.#timer = setTimeout(() => this.#drain(), wait);
        return;
      }
      this.#waiting.shift();
      next.send();
    }
  }
}

interface Connection {
  readonly ends: readonly [Socket, Socket];
  /** Swallows everything, and tells nobody: not of bytes that were lost, nor of an end that is gone. */
  muted: boolean;
}

export class FaultyLink {
  /** What the worker is to take for its coordinator. */
  readonly url: string;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  #muted = false;
  /** Milliseconds on top of each direction. */
  #delay = 0;

  /** @param target - the coordinator's address, as in http://127.0.0.1:7070 */
  static async open(target: string): Promise<FaultyLink> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return new FaultyLink(server, Number(new URL(target).port));
  }

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (near) => this.#join(near, connect(port, '127.0.0.1')));
  }

  /** Both ends are told that the connection is gone, as by a router that forgot it. */
  reset(): void {
    for (const { ends } of this.#connections) for (const end of ends) end.resetAndDestroy();
  }

  /**
   * Neither end is told anything: what they send vanishes. A stream that lacks bytes cannot go on, so the connections
   * there are stay mute for good; new ones pass again once it is lifted.
   */
  mute(on: boolean): void {
    this.#muted = on;
    if (on) for (const connection of this.#connections) connection.muted = true;
  }

  slow(milliseconds: number): void {
    this.#delay = milliseconds;
  }

  async close(): Promise<void> {
    for (const { ends } of this.#connections) for (const end of ends) end.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(near: Socket, far: Socket): void {
    const connection: Connection = { ends: [near, far], muted: this.#muted };
    this.#connections.add(connection);
    let open = 2;
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      const lane = new Lane(to);
      from.setNoDelay(true);
      from.on('data', (chunk: Buffer) => {
        if (!connection.muted) lane.push(chunk, this.#delay);
      });
      from.on('end', () => {
        if (!connection.muted) lane.end(this.#delay);
      });
      from.on('error', () => {
        if (!connection.muted) lane.reset(this.#delay);
      });
      from.on('close', () => {
        open -= 1;
        if (open === 0) this.#connections.delete(connection);
      });
    }
  }
}
