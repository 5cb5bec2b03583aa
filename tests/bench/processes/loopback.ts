/**
 * A whole run in one process without sockets: the coordinator's run and a worker's session, whose messages and frames
 * are handed over in order. Everything that decides a result is the product's; only the wire is missing.
 */
import pino from 'pino';
import {
  parseMessage,
  planModel,
  readFrame,
  workerMessage,
  type CoordinatorMessage,
  type RunConfig,
} from '@gantry/shared';
import { systemClock } from '../../../packages/coordinator/src/run/clock.ts';
import { RunDirectory } from '../../../packages/coordinator/src/run/directory.ts';
import { Run } from '../../../packages/coordinator/src/run/run.ts';
import type { RunEnd, WorkerLink } from '../../../packages/coordinator/src/run/types.ts';
import type { Platform, Socket } from '../../../packages/worker/src/session/platform.ts';
import type { SessionControl } from '../../../packages/worker/src/session/status.ts';
import { startSession } from '../../../packages/worker/src/session/session.ts';

export interface Trained {
  readonly run: Run;
  readonly end: RunEnd;
}

/** @param folder - for the run's files; does not exist yet */
export async function trainInProcess(config: RunConfig, folder: string, workers = 1): Promise<Trained> {
  const directory = new RunDirectory(folder);
  await directory.create(config);
  const log = pino({ level: process.env['GANTRY_LOG'] ?? 'silent' }, pino.destination(2));
  const run = new Run({
    config,
    model: planModel(config),
    data: null,
    directory,
    checkpoint: null,
    waitFor: workers,
    incarnation: 7,
    secret: [1, 2],
    clock: systemClock,
    notice: (sentence) => log.warn(sentence),
  });
  run.begin();
  const sessions: SessionControl[] = [];
  for (let i = 0; i < workers; i++) {
    // One after another: they share one TensorFlow.js, which can start one backend at a time.
    // oxlint-disable-next-line no-await-in-loop
    sessions.push(await joined(run));
  }
  const end = await run.ended;
  for (const session of sessions) session.leave();
  return { run, end };
}

/** A session that has been welcomed, has tested its backend, and takes part. */
const joined = (run: Run): Promise<SessionControl> =>
  new Promise((resolve) => {
    const session: SessionControl = startSession(
      { url: 'http://in-process', kind: 'headless' },
      {
        status: ({ state }) => {
          if (state === 'waiting' || state === 'computing') resolve(session);
        },
        sheet: () => undefined,
        token: () => undefined,
      },
      { ...platform, connect: () => new Loopback(run) },
    );
  });

const platform: Omit<Platform, 'connect'> = {
  fetchBytes: () => Promise.reject(new TypeError('Examples are drawn, not fetched')),
  candidates: ['wasm'],
};

type Listeners = {
  open: () => void;
  message: (event: { readonly data: unknown }) => void;
  close: (event: { readonly code: number }) => void;
  error: (event: { readonly message?: string }) => void;
};

/** What `server/worker-socket` does for a socket, for one that is none. */
class Loopback implements Socket {
  binaryType = 'arraybuffer';
  readonly #run: Run;
  readonly #listeners: { [T in keyof Listeners]: Listeners[T][] } = {
    open: [],
    message: [],
    close: [],
    error: [],
  };
  #worker: number | null = null;
  readonly #link: WorkerLink = {
    sendMessage: (message: CoordinatorMessage) => this.#deliver(JSON.stringify(message)),
    // A receiver may keep what it was given, and the coordinator sends the same bytes again.
    sendFrame: (frame) => this.#deliver(frame.slice().buffer),
    close: (reason) => {
      for (const listener of this.#listeners.close) listener({ code: reason.entry.close ?? 1000 });
    },
  };

  constructor(run: Run) {
    this.#run = run;
    setImmediate(() => {
      for (const listener of this.#listeners.open) listener();
    });
  }

  addEventListener<T extends keyof Listeners>(type: T, listener: Listeners[T]): void {
    (this.#listeners[type] as Listeners[T][]).push(listener);
  }

  /** As on a socket, nothing is answered before the sender is done. */
  send(data: string | Uint8Array<ArrayBuffer>): void {
    setImmediate(() => this.#take(data));
  }

  close(): void {
    if (this.#worker !== null) this.#run.detach(this.#worker, this.#link, true);
    this.#worker = null;
  }

  #deliver(data: unknown): void {
    setImmediate(() => {
      for (const listener of this.#listeners.message) listener({ data });
    });
  }

  #take(data: string | Uint8Array<ArrayBuffer>): void {
    if (typeof data !== 'string') {
      if (this.#worker !== null) this.#run.frame(this.#worker, readFrame(data));
      return;
    }
    const message = parseMessage(workerMessage, data);
    if (message.type === 'hello') {
      const identity = this.#run.identify(message.token, message.name, message.kind);
      this.#worker = identity.id;
      this.#run.attach(identity, this.#link);
    } else if (message.type === 'bye') this.close();
    else if (this.#worker !== null) this.#run.message(this.#worker, message);
  }
}
