/** A worker by hand: speaks the protocol over a socket of its own, and does just what a test tells it. */
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import {
  coordinatorMessage,
  errorRegistry,
  parseMessage,
  planModel,
  protocolVersion,
  readFrame,
  type CoordinatorMessage,
  type Frame,
  type FrameKind,
  type LeaseMessage,
  type ModelPlan,
  type WelcomeMessage,
  type WorkerMessage,
} from '@gantry/shared';
import type { Coordinator } from './gantry.ts';

/** Seconds to wait for something to come. */
const patience = 60;

type Message<T extends CoordinatorMessage['type']> = Extract<CoordinatorMessage, { type: T }>;

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

export class RawWorker {
  readonly closed: Promise<Closed>;
  readonly #socket: WebSocket;
  readonly #network: Socket;
  readonly #messages: CoordinatorMessage[] = [];
  readonly #frames: Frame[] = [];
  /** Whoever waits for something to come. */
  readonly #waiting = new Set<() => void>();

  /** Connects, and says nothing yet. */
  static async connect({ url }: Pick<Coordinator, 'url'>): Promise<RawWorker> {
    // Over https to a test's own coordinator: there is nobody else to take it for.
    const socket = new WebSocket(`${url.replace('http', 'ws')}/socket`, { rejectUnauthorized: false });
    const network = new Promise<Socket>((resolve) => {
      socket.once('upgrade', (response) => resolve(response.socket));
    });
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return new RawWorker(socket, await network);
  }

  /** Connects and is welcomed. */
  static async join(
    coordinator: Pick<Coordinator, 'url'> & Partial<Pick<Coordinator, 'joinCode'>>,
    name: string,
  ): Promise<{ worker: RawWorker; welcome: WelcomeMessage; model: ModelPlan }> {
    const worker = await RawWorker.connect(coordinator);
    worker.say({
      type: 'hello',
      protocol: protocolVersion,
      kind: 'headless',
      name,
      ...(coordinator.joinCode ? { joinCode: coordinator.joinCode } : {}),
    });
    const welcome = await worker.heard('welcome');
    return { worker, welcome, model: planModel(welcome.config) };
  }

  private constructor(socket: WebSocket, network: Socket) {
    this.#socket = socket;
    this.#network = network;
    socket.binaryType = 'arraybuffer';
    // Writing to a coordinator that has closed fails; the close that follows is what tests look at.
    socket.on('error', () => undefined);
    socket.on('message', (data, isBinary) => {
      if (isBinary) this.#frames.push(readFrame(new Uint8Array(data as ArrayBuffer)));
      else this.#messages.push(parseMessage(coordinatorMessage, Buffer.from(data as ArrayBuffer).toString()));
      this.#wake();
    });
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
  }

  say(message: WorkerMessage): void {
    this.send(JSON.stringify(message));
  }

  /** Whatever it is. @param binary - whether it says that it is; bytes may also pass for text */
  send(data: string | Uint8Array, binary = typeof data !== 'string'): void {
    this.#socket.send(data, { binary });
  }

  /** Past the rules of WebSockets, straight to the network. */
  sendRaw(bytes: Uint8Array): void {
    this.#network.write(bytes);
  }

  /** Passes for a worker of that speed. */
  ready(millisecondsPerMicrobatch: number): void {
    this.say({ type: 'ready', backend: 'wasm', tests: [], millisecondsPerMicrobatch });
  }

  /** Waits for a message, and takes it: the next call waits for another. */
  heard<T extends CoordinatorMessage['type']>(type: T): Promise<Message<T>> {
    return this.#await(`"${type}" from the coordinator`, () => {
      const at = this.#messages.findIndex((message) => message.type === type);
      return at < 0 ? null : (this.#messages.splice(at, 1)[0] as Message<T>);
    });
  }

  /** Waits for a frame, and takes it. */
  received(kind: FrameKind): Promise<Frame> {
    return this.#await(`a frame "${kind}" from the coordinator`, () => {
      const at = this.#frames.findIndex(({ header }) => header.kind === kind);
      return at < 0 ? null : this.#frames.splice(at, 1)[0];
    });
  }

  /** Asks again whenever something has come. */
  async #await<T>(what: string, ask: () => T | null): Promise<T> {
    const end = performance.now() + 1000 * patience;
    for (let answer = ask(); ; answer = ask()) {
      if (answer !== null) return answer;
      const left = end - performance.now();
      if (left <= 0) throw new TypeError(`Not within ${patience} s: ${what}`);
      let timer: NodeJS.Timeout | undefined;
      // One after the other, as they come.
      // oxlint-disable-next-line no-await-in-loop
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
        timer = setTimeout(resolve, left);
      });
      clearTimeout(timer);
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  /** Messages of a type that nobody has waited for. */
  unheard(type: CoordinatorMessage['type']): number {
    return this.#messages.filter((message) => message.type === type).length;
  }

  async leave(): Promise<void> {
    this.say({ type: 'bye' });
    await this.closed;
  }
}

/** What the coordinator says and does to a socket whose peer it refuses with `code`. */
export const closeOf = (code: keyof typeof errorRegistry): Closed => {
  const { close } = errorRegistry[code] as { close?: number };
  return { code: close ?? -1, reason: code };
};

export interface Gate {
  /** Lets training begin. */
  open(): Promise<void>;
}

/**
 * Keeps a run at its first step: one worker by hand holds the first sample sheet, another the whole step, both
 * too slow for a deadline. Others that join get nothing meanwhile; so a test can have them all begin together.
 */
export async function holdBack(
  coordinator: Pick<Coordinator, 'url'> & Partial<Pick<Coordinator, 'joinCode'>>,
): Promise<Gate> {
  const holders: RawWorker[] = [];
  for (const [name, task] of [
    ['holds the sheet', 'evaluate'],
    ['holds the step', 'lease'],
  ] as const) {
    // One after the other: the first free worker gets the sheet.
    // oxlint-disable-next-line no-await-in-loop
    const { worker } = await RawWorker.join(coordinator, name);
    worker.ready(1_000_000);
    // oxlint-disable-next-line no-await-in-loop
    await worker.heard(task);
    holders.push(worker);
  }
  return {
    async open() {
      await Promise.all(holders.map((holder) => holder.leave()));
    },
  };
}

export type { LeaseMessage };
