/** The socket to the coordinator: opened, watched, and opened again when it is lost. */
import { errorRegistry, type ErrorCode } from '@gantry/shared';
import { backoff } from './backoff.ts';
import type { Platform, Socket } from './platform.ts';
import type { Detail } from './status.ts';

/** The coordinator speaks every second; after this much silence the connection is taken for lost. Milliseconds. */
const silence = 20_000;
const watchInterval = 5_000;
/** After this much, people are told that it waits for the network. Milliseconds. */
const noNews = 4_000;

export interface ConnectionEvents {
  opened(): void;
  /** @param data - text, or an ArrayBuffer */
  received(data: unknown): void;
  /** It will be tried again. `aside`: the coordinator wants this machine tested anew. */
  lost(aside: boolean): void;
  /** It will not: the code says why. */
  ended(code: ErrorCode): void;
  /** Something about the socket that a person may want to know. */
  detail(detail: Detail): void;
  /** Nothing was heard for a while; `silent` says so until something is. */
  fellSilent(): void;
}

/** The registry's error of a close code, where the coordinator gave one that ends the matter. */
function finalError(closeCode: number): ErrorCode | null {
  for (const [code, entry] of Object.entries(errorRegistry) as [
    ErrorCode,
    { close?: number; retry?: boolean },
  ][]) {
    if (entry.close === closeCode && entry.retry === false) return code;
  }
  return null;
}

export class Connection {
  readonly #url: string;
  readonly #platform: Platform;
  readonly #events: ConnectionEvents;
  readonly #watch: ReturnType<typeof setInterval>;
  #socket: Socket | null = null;
  #again: ReturnType<typeof setTimeout> | null = null;
  #attempt = 0;
  /** Times that this worker was put aside: each makes the next wait longer. */
  #aside = 0;
  #closed = false;
  #heardAt = 0;
  #watchedAt = 0;
  #bytes = { up: 0, down: 0 };

  /** @param origin - the coordinator's, `http://host:port` */
  constructor(origin: string, platform: Platform, events: ConnectionEvents) {
    const url = new URL('/socket', origin);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    this.#url = url.href;
    this.#platform = platform;
    this.#events = events;
    this.#watch = setInterval(() => this.#look(), watchInterval);
    this.#open();
  }

  /** Whether nothing was heard for a while. */
  get silent(): boolean {
    return this.#socket !== null && performance.now() - this.#heardAt >= noNews;
  }

  /** Payload bytes of frames. */
  get bytes(): { readonly up: number; readonly down: number } {
    return { ...this.#bytes };
  }

  /** Loses what is said while there is no connection: on opening everything is said anew. */
  send(data: string | Uint8Array<ArrayBuffer>): void {
    try {
      this.#socket?.send(data);
      if (typeof data !== 'string') this.#bytes.up += data.length;
    } catch {
      // A browser's socket throws while it is connecting.
    }
  }

  /** The coordinator took this worker in: the next loss is the first. */
  accepted(): void {
    this.#attempt = 0;
  }

  /** Ends what the coordinator said cannot be understood; another try may meet a better one. */
  restart(): void {
    const socket = this.#socket;
    this.#lost(null);
    socket?.close();
  }

  /** Breaks the connection without a word, and tries again only then. */
  stayAway(milliseconds: number): void {
    this.restart();
    if (this.#again) clearTimeout(this.#again);
    this.#again = setTimeout(() => this.#open(), milliseconds);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#watch);
    if (this.#again) clearTimeout(this.#again);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
  }

  #open(): void {
    const socket = this.#platform.connect(this.#url);
    this.#socket = socket;
    this.#again = null;
    this.#heardAt = performance.now();
    socket.binaryType = 'arraybuffer';
    let opened = false;
    const current = (): boolean => socket === this.#socket;
    socket.addEventListener('open', () => {
      opened = true;
      if (current()) this.#events.opened();
    });
    socket.addEventListener('message', ({ data }) => {
      if (!current()) return;
      this.#heardAt = performance.now();
      if (data instanceof ArrayBuffer) this.#bytes.down += data.byteLength;
      this.#events.received(data);
    });
    socket.addEventListener('error', ({ message }) => {
      if (current() && message) this.#events.detail({ code: 'CONNECTION_LOST', message });
    });
    socket.addEventListener('close', ({ code }) => {
      if (!current()) return;
      this.#lost(code);
      if (!opened) void this.#askWhy();
    });
  }

  async #askWhy(): Promise<void> {
    const attempt = this.#attempt;
    const why = await this.#platform.whyRefused?.(this.#url.replace(/^ws/, 'http'));
    // Of what was tried meanwhile it says nothing.
    if (why && attempt === this.#attempt && !this.#closed) this.#events.detail(why);
  }

  #lost(closeCode: number | null): void {
    this.#socket = null;
    if (this.#again) clearTimeout(this.#again);
    if (this.#closed) return;
    const final = closeCode === null ? null : finalError(closeCode);
    if (final) {
      this.close();
      this.#events.ended(final);
      return;
    }
    const aside = closeCode === errorRegistry.PUT_ASIDE.close;
    if (aside) this.#aside += 1;
    this.#again = setTimeout(() => this.#open(), backoff(this.#attempt + this.#aside, Math.random()));
    this.#attempt += 1;
    this.#events.lost(aside);
  }

  /** A network that vanishes closes nothing: silence tells. */
  #look(): void {
    const now = performance.now();
    const late = now - this.#watchedAt > 2 * watchInterval;
    this.#watchedAt = now;
    // Where this very timer came late (a long computation, a laptop asleep), messages may be waiting unread.
    if (late || this.#socket === null) return;
    if (now - this.#heardAt >= silence) this.restart();
    else if (this.silent) this.#events.fellSilent();
  }
}
