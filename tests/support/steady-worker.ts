/**
 * A headless worker that tells how many tensors it holds: the session of `gantry work`, which tells nobody. Arguments:
 * coordinator, join code. Each message from its parent is answered with a `Holding`.
 */
import { WebSocket } from 'ws';
import { limits } from '@gantry/shared';
import { fetchBytes } from '../../packages/worker/src/session/fetch-bytes.ts';
import { startSession } from '../../packages/worker/src/session/session.ts';

export interface Holding {
  /** At the least, since it was asked before; 0 where it told nothing. */
  readonly tensors: number;
  /** MB. */
  readonly resident: number;
}

const [url, joinCode] = process.argv.slice(2);
/** The fewest since it was asked last: in mid-lease there are more. */
let fewest = Infinity;

startSession(
  { url, joinCode, kind: 'headless', name: 'steady' },
  {
    status({ tensors }) {
      if (tensors > 0) fewest = Math.min(fewest, tensors);
    },
    sheet: () => undefined,
    token: () => undefined,
  },
  {
    connect: (address) => new WebSocket(address, { perMessageDeflate: false, maxPayload: limits.frame }),
    fetchBytes,
    candidates: ['wasm'],
  },
);

process.on('message', () => {
  const tensors = Number.isFinite(fewest) ? fewest : 0;
  fewest = Infinity;
  process.send?.({ tensors, resident: process.memoryUsage().rss / 2 ** 20 } satisfies Holding);
});
process.once('disconnect', () => process.exit(0));
