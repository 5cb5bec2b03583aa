/**
 * A coordinator that sends what it should not: whatever it is, a session leaves it out, gives a lease back, or connects
 * anew. It never fails, and works for the next coordinator as if nothing had been.
 */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import {
  emptyReplica,
  frameKinds,
  headerBytes,
  initialParameters,
  mergedFrame,
  networkFrame,
  planModel,
  presets,
  readFrame,
  snapshotFrame,
  type CoordinatorMessage,
  type Picture,
  type RunConfig,
} from '@gantry/shared';
import type { Platform, Socket } from '../../packages/worker/src/session/platform.ts';
import { startSession } from '../../packages/worker/src/session/session.ts';
import type { SessionControl, SessionStatus } from '../../packages/worker/src/session/status.ts';
import { headerField, withByte, type Bytes } from '../support/frames.ts';
import { Dice } from '../support/fuzz/dice.ts';
import { mutatedFrame } from '../support/fuzz/mutate-frame.ts';
import { mutatedMessage } from '../support/fuzz/mutate-message.ts';
import { patience, until } from '../support/gantry.ts';

// Connections are lost hundreds of times here: each is tried again at once.
vi.mock('../../packages/worker/src/session/backoff.ts', () => ({ backoff: () => 0 }));

const config: RunConfig = {
  ...presets.ring,
  model: { ...presets.ring.model, latent: 2, width: 4, depth: 1 },
  batch: { global: 16, microbatch: 4, block: 1 },
  evaluation: { ...presets.ring.evaluation, samples: 20 },
};
const model = planModel(config);
const incarnation = 7;

/** A socket whose other end is the test. */
class FakeSocket implements Socket {
  binaryType = '';
  closed = false;
  readonly sent: (string | Bytes)[] = [];
  readonly #listeners: Record<string, ((event: never) => void)[]> = {};
  addEventListener(type: string, listener: (event: never) => void): void {
    (this.#listeners[type] ??= []).push(listener);
  }
  send(data: string | Bytes): void {
    this.sent.push(data);
  }
  close(): void {
    this.closed = true;
  }
  happen(type: string, event: object = {}): void {
    for (const listener of this.#listeners[type] ?? []) listener(event as never);
  }
  /** As the coordinator says it. */
  deliver(data: string | Bytes): void {
    this.happen('message', { data: typeof data === 'string' ? data : data.slice().buffer });
  }
  frames(): Bytes[] {
    return this.sent.filter((data) => typeof data !== 'string');
  }
  says(type: string): boolean {
    return this.sent.some((data) => typeof data === 'string' && data.includes(`"type":"${type}"`));
  }
}

const sockets: FakeSocket[] = [];
const rejections: unknown[] = [];
const onRejection = (reason: unknown): void => void rejections.push(reason);
let session: SessionControl;
let status: SessionStatus | null = null;

const welcome: CoordinatorMessage = {
  type: 'welcome',
  worker: 1,
  token: 'token',
  name: 'one',
  incarnation,
  config,
  data: null,
};
const lease: CoordinatorMessage = {
  type: 'lease',
  lease: 5,
  version: 3,
  phase: 'discriminator',
  step: 1,
  blocks: [0, 1],
  next: { phase: 'generator', step: 1 },
};
/** A picture of two samples, on the way between two places of the sheet. */
const between = (from: number, to: number): Picture => ({
  samples: [
    { places: [from, to], weights: [1, 0] },
    { places: [from, to], weights: [1, 1] },
  ],
  class: null,
});
const replica = emptyReplica(model);
for (const phase of ['discriminator', 'generator'] as const) {
  replica[phase].parameters.set(initialParameters(model[phase], 1, phase === 'generator' ? 1 : 0));
}
const place = { incarnation, version: 3 };
const snapshot = snapshotFrame(replica, place);
const rightFrames: readonly Bytes[] = [
  snapshot,
  networkFrame('delta', 'discriminator', model.discriminator, replica.discriminator, { ...place, lease: 0 }),
  networkFrame('ema', 'generator', model.generator, replica.generator, { ...place, lease: 6 }),
  networkFrame('discriminator', 'discriminator', model.discriminator, replica.discriminator, {
    ...place,
    lease: 0,
  }),
  mergedFrame(new Float32Array(8), { ...place, phase: 'generator', exchange: 0 }),
  // Kinds that only workers send.
  ...(['update', 'evaluation', 'contribution'] as const).map((kind) =>
    withByte(snapshot, headerField.kind, frameKinds[kind]),
  ),
];
/** All that a coordinator says but `finished`, with which it may end a session. */
const rightMessages: readonly CoordinatorMessage[] = [
  welcome,
  lease,
  { ...lease, lease: 8, blocks: [0, 1, 2, 3, 4] },
  { ...lease, lease: 9, blocks: [2 ** 52] },
  { ...lease, lease: 10, blocks: Array.from({ length: 10_000 }, (_, i) => i) },
  { ...lease, lease: 11, blocks: [1, 0] },
  {
    ...lease,
    lease: 12,
    round: {
      iteration: 0,
      iterations: 2 ** 50,
      lengths: { discriminator: 1, generator: 1 },
      steps: { discriminator: 0, generator: 0 },
    },
  },
  { type: 'accepted', lease: 5 },
  { type: 'revoke', lease: 5 },
  { type: 'evaluate', lease: 6, version: 3, iteration: 0, samples: 20 },
  { type: 'evaluate', lease: 6, version: 3, iteration: 0, samples: 2 ** 40 },
  { type: 'evaluate', lease: 7, version: 3, iteration: 0, samples: 2, picture: between(0, 1) },
  { type: 'evaluate', lease: 8, version: 3, iteration: 0, samples: 2, picture: between(0, 2 ** 40) },
  { type: 'evaluate', lease: 9, version: 3, iteration: 0, samples: 3, picture: between(0, 1) },
  {
    type: 'progress',
    status: 'running',
    iteration: 1,
    iterations: 2,
    workers: 1,
    share: 1,
    microbatches: 1,
    rank: 1,
    waiting: { for: 'others', count: 2 },
  },
  { type: 'sheet', iteration: 1, points: [[0, 1]] },
  { type: 'report' },
  { type: 'refused', code: 'UPDATE_INVALID', message: 'no' },
];

beforeAll(async () => {
  process.on('unhandledRejection', onRejection);
  const platform: Platform = {
    connect() {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    fetchBytes: () => Promise.reject(new TypeError('nothing is fetched here')),
    candidates: ['wasm'],
  };
  const listener = {
    status: (now: SessionStatus) => void (status = now),
    sheet: () => undefined,
    token: () => undefined,
  };
  session = startSession({ url: 'http://host:1', kind: 'headless', threads: 1 }, listener, platform);
}, patience);
afterAll(() => {
  session.leave();
  process.off('unhandledRejection', onRejection);
});

/** The newest socket, which is not closed. */
const connection = (): Promise<FakeSocket> =>
  until('a connection', () => {
    const newest = sockets.at(-1);
    return newest === undefined || newest.closed ? null : newest;
  });

/** The same, taken in by a good coordinator. */
async function joined(): Promise<FakeSocket> {
  const socket = await connection();
  if (!socket.says('hello')) socket.happen('open');
  expect(socket.says('hello')).toBe(true);
  socket.sent.length = 0;
  socket.deliver(JSON.stringify(welcome));
  await until('"ready"', () => (socket.says('ready') ? true : null));
  return socket;
}

/** The payload of the update with which it answers a lease of a good coordinator. */
async function answer(): Promise<Buffer> {
  const socket = await joined();
  socket.deliver(snapshot);
  socket.deliver(JSON.stringify(lease));
  const frame = await until('an update', () => socket.frames().find(isUpdate) ?? null);
  return Buffer.from(readFrame(frame).payload);
}
const isUpdate = (frame: Bytes): boolean => {
  const { kind, lease: of } = readFrame(frame).header;
  return kind === 'update' && of === 5;
};

const settled = async (): Promise<void> => {
  for (let i = 0; i < 3; i++) {
    // oxlint-disable-next-line no-await-in-loop
    await new Promise((resolve) => setImmediate(resolve));
  }
};

it(
  'a session survives whatever a coordinator sends, and then answers as before',
  { timeout: patience },
  async () => {
    const before = await answer();
    const dice = new Dice(4);
    const open = sockets.length;
    for (let i = 0; i < 600; i++) {
      /* oxlint-disable no-await-in-loop -- one coordinator after the other */
      const socket = await connection();
      if (!socket.says('hello')) {
        socket.happen('open');
        if (dice.chance(0.9)) socket.deliver(JSON.stringify(welcome));
      }
      if (dice.chance(0.5)) {
        const right = dice.pick(rightFrames);
        socket.deliver(dice.chance(0.2) ? right : mutatedFrame(right, dice, rightFrames));
      } else {
        const right = dice.pick(rightMessages);
        const { bytes } = dice.chance(0.4) ? { bytes: JSON.stringify(right) } : mutatedMessage(right, dice);
        socket.deliver(bytes);
      }
      await settled();
      /* oxlint-enable no-await-in-loop */
    }
    // It did connect anew, and was never refused for good.
    expect(sockets.length).toBeGreaterThan(open + 20);
    expect(['refused', 'unable', 'left', 'finished']).not.toContain(status?.state);
    const last = sockets.at(-1);
    last?.happen('close', { code: 1006 });
    if (last) last.closed = true;
    expect((await answer()).equals(before)).toBe(true);
    expect(rejections).toEqual([]);
    for (const socket of sockets) {
      for (const frame of socket.frames()) expect(frame.length).toBeGreaterThan(headerBytes);
    }
  },
);
