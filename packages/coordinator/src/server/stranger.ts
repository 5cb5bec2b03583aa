/** A socket's peer until its hello: nobody knows it, so it gets little time and little room. */
import type { Socket } from 'node:net';
import { gantryError, limits } from '@gantry/shared';

/** Of a fastify request: whoever opened a socket. */
export interface Peer {
  readonly ip: string;
  readonly raw: { readonly socket: Socket };
}

/**
 * A frame may have 64 MiB, and is kept until it is whole: what comes before the hello is counted while it comes.
 *
 * @param seconds - in which the hello must come
 * @param refuse - told, once, why the connection must end
 * @returns to be called when the hello has come, or the connection has gone
 */
export function awaitHello(
  { raw: { socket } }: Peer,
  seconds: number,
  refuse: (error: unknown) => void,
): () => void {
  let bytes = 0;
  const end = (): void => {
    clearTimeout(timer);
    socket.off('data', count);
  };
  const count = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes <= limits.controlMessage) return;
    end();
    refuse(gantryError('MESSAGE_INVALID', `${bytes} bytes before a hello, at most ${limits.controlMessage}`));
    socket.pause();
  };
  const timer = setTimeout(() => {
    end();
    refuse(gantryError('JOIN_TIMEOUT', seconds));
  }, seconds * 1000);
  socket.on('data', count);
  return end;
}
