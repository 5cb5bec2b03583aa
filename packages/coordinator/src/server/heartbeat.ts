/** Pings open sockets. A peer whose network vanished sends no close, and one that hangs does not answer. */
import type { WebSocket } from 'ws';

/** Pings that may go unanswered. */
const most = 3;

export class Heartbeat {
  /** Pings sent since a socket was heard of last. */
  readonly #missed = new Map<WebSocket, number>();
  readonly #timer: NodeJS.Timeout;

  /**
   * @param seconds - between pings
   * @param silent - told of each peer that is taken for gone, once
   */
  constructor(seconds: number, silent: (socket: WebSocket, seconds: number) => void) {
    this.#timer = setInterval(() => {
      for (const [socket, missed] of this.#missed) {
        this.#missed.set(socket, missed + 1);
        if (missed < most) socket.ping();
        else if (missed === most) silent(socket, most * seconds);
      }
    }, seconds * 1000);
  }

  watch(socket: WebSocket): void {
    const hear = (): void => void this.#missed.set(socket, 0);
    hear();
    socket.on('pong', hear);
    socket.on('message', hear);
    socket.on('close', () => this.#missed.delete(socket));
  }

  /** All that are open. */
  sockets(): IterableIterator<WebSocket> {
    return this.#missed.keys();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
