/** A peer that throws things at a coordinator, one after the other, and hears what becomes of each. */
import { WebSocket } from 'ws';
import {
  coordinatorMessage,
  errorRegistry,
  parseMessage,
  protocolVersion,
  type EvaluateMessage,
  type LeaseMessage,
  type WelcomeMessage,
} from '@gantry/shared';
import type { Text } from './mutate-message.ts';

/**
 * What became of an input: the code of the error it was refused with; `taken` where it was none; `left` where it was the
 * goodbye; for what breaks the rules of WebSockets, `closed` and the code.
 */
export type Outcome = string;

/** Longer than anything takes, even on a busy machine. Milliseconds. */
const patience = 60_000;
/** Nobody ever has this lease: giving it back is refused, always, and nothing else happens. It tells that all before was read. */
const probeLease = 0xf1e2d3c4;
const probe = JSON.stringify({ type: 'give-back', lease: probeLease, cause: 'failed', reason: '' });

type Event =
  | { readonly kind: 'refused'; readonly code: keyof typeof errorRegistry; readonly message: string }
  | { readonly kind: 'closed'; readonly code: number };

/** Where each connection comes from: a thousand in ten seconds from one address are too many. Only Linux has more of loopback. */
let connected = 0;
const nextAddress = process.platform === 'linux' ? (): string => `127.0.1.${1 + (connected++ % 50)}` : null;

export class FuzzPeer {
  welcome: WelcomeMessage | null = null;
  /** What it was given to do, until it answers. */
  lease: LeaseMessage | null = null;
  sheet: EvaluateMessage | null = null;
  readonly #socket: WebSocket;
  readonly #events: Event[] = [];
  #wake: () => void = () => undefined;
  #open = true;

  /** Connected; it has not said hello. */
  static async connect(url: string): Promise<FuzzPeer> {
    for (;;) {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/socket`, {
        perMessageDeflate: false,
        ...(nextAddress === null ? {} : { localAddress: nextAddress() }),
      });
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const seconds = await new Promise<number>((resolve, reject) => {
        socket.once('open', () => resolve(0));
        socket.once('unexpected-response', (request, { statusCode, headers }) => {
          request.destroy();
          if (statusCode === 429) resolve(Number(headers['retry-after']));
          else reject(new TypeError(`HTTP ${statusCode ?? '?'}`));
        });
        socket.once('error', reject);
      });
      if (seconds === 0) return new FuzzPeer(socket);
      // oxlint-disable-next-line no-await-in-loop
      await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
    }
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('error', () => undefined); // writing to who has closed; the close is what counts
    socket.on('message', (data, isBinary) => {
      if (isBinary) return;
      // Whatever was thrown, what comes back is of the protocol.
      const message = parseMessage(coordinatorMessage, (data as Buffer).toString());
      if (message.type === 'welcome') this.welcome = message;
      else if (message.type === 'lease') this.lease = message;
      else if (message.type === 'evaluate') this.sheet = message;
      else if (message.type === 'refused') this.#happen({ kind: 'refused', ...message });
      if (message.type === 'welcome') this.#wake();
    });
    socket.once('close', (code) => {
      this.#open = false;
      this.#happen({ kind: 'closed', code });
    });
  }

  get open(): boolean {
    return this.#open;
  }

  /** @param token - to be the worker of before */
  async join(token: string | null): Promise<WelcomeMessage> {
    this.say({
      type: 'hello',
      protocol: protocolVersion,
      kind: 'headless',
      name: 'fuzz',
      ...(token === null ? {} : { token }),
    });
    await this.#until('a welcome', () => this.welcome !== null || !this.#open);
    if (this.welcome === null) throw new TypeError(`Not welcomed: ${JSON.stringify(this.#events)}`);
    return this.welcome;
  }

  say(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }

  /** Sends an input and waits for what becomes of it. */
  async throw({ bytes, binary }: Text): Promise<Outcome> {
    this.#events.length = 0;
    this.#socket.send(bytes, { binary });
    this.#socket.send(probe);
    let outcome: Outcome | null = null;
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop
      await this.#until('an answer', () => this.#events.length > 0);
      const event = this.#events.shift() as Event;
      if (event.kind === 'closed') return outcome ?? (event.code === 1000 ? 'left' : `closed ${event.code}`);
      if (event.message.includes(String(probeLease)) || isProbeTooEarly(event)) return outcome ?? 'taken';
      outcome ??= event.code;
      const { close } = errorRegistry[event.code] as { close?: number };
      if (close !== undefined) {
        // oxlint-disable-next-line no-await-in-loop
        await this.#until('the close', () => !this.#open);
        const last = this.#events.at(-1);
        if (last?.kind === 'closed' && last.code !== close) {
          throw new TypeError(`${event.code} was closed with ${last.code}, not ${close}`);
        }
        return outcome;
      }
    }
  }

  async leave(): Promise<void> {
    this.#socket.close(1000);
    await this.#until('the close', () => !this.#open);
  }

  #happen(event: Event): void {
    this.#events.push(event);
    this.#wake();
  }

  async #until(what: string, ask: () => boolean): Promise<void> {
    const end = performance.now() + patience;
    while (!ask()) {
      const left = end - performance.now();
      if (left <= 0) throw new TypeError(`Not within ${patience / 1000} s: ${what}`);
      let timer: NodeJS.Timeout | undefined;
      // oxlint-disable-next-line no-await-in-loop
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        timer = setTimeout(resolve, left);
      });
      clearTimeout(timer);
    }
  }
}

/** Of the probe itself, on a connection that has not joined. */
const isProbeTooEarly = ({ message }: { readonly message: string }): boolean =>
  message.includes('"give-back" message is not expected while not joined');
